using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Fleet.Client;

/// <summary>Gives a service its <see cref="FleetClient"/>.</summary>
public static class FleetClientSetup
{
    /// <summary>
    /// Adds one <see cref="FleetClient"/> for as long as the service lives. Its options come from the configuration's section
    /// <c>FleetClient</c>, when the host has a configuration, then from <paramref name="configure"/>. A host refuses to start
    /// with options that can't work; the engine itself isn't asked before the first call.
    /// </summary>
    public static IServiceCollection AddFleetClient(this IServiceCollection services, Action<FleetClientOptions>? configure = null)
    {
        services.AddFleetClientOptions(Options.DefaultName, FleetClientOptions.Section, configure);
        services.TryAddSingleton(provider => Make(provider, Options.DefaultName));
        return services;
    }

    /// <summary>
    /// Adds one more client, for one more engine: ask for it by <c>[FromKeyedServices(name)]</c>. Its options come from the
    /// section <c>FleetClient:name</c>, then from <paramref name="configure"/>.
    /// </summary>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static IServiceCollection AddFleetClient(this IServiceCollection services, string name, Action<FleetClientOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        services.AddFleetClientOptions(name, $"{FleetClientOptions.Section}:{name}", configure);
        services.TryAddKeyedSingleton(name, (provider, _) => Make(provider, name));
        return services;
    }

    private static FleetClient Make(IServiceProvider provider, string name) =>
        new(provider.GetRequiredService<IOptionsMonitor<FleetClientOptions>>().Get(name));

    private static void AddFleetClientOptions(this IServiceCollection services, string name, string section, Action<FleetClientOptions>? configure)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FleetClientOptions>, FleetClientOptionsValidator>());
        services.AddOptions<FleetClientOptions>(name)
            .Configure<IServiceProvider>((options, provider) => provider.GetService<IConfiguration>()?.GetSection(section).Bind(options))
            .Configure(options => configure?.Invoke(options))
            .ValidateOnStart();
    }
}
