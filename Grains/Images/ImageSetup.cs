using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fleet.Images;

/// <summary>What images need from their host.</summary>
public static class ImageSetup
{
    /// <summary>Adds the check of publishers' keys; the host says which they are.</summary>
    public static IServiceCollection AddImages(this IServiceCollection services)
    {
        services.AddOptions<PublisherOptions>()
            .Validate(options => options.Keys.All(key => Publishers.Fault(key) == ""), "a publisher's key can't be used: expected public keys in PEM form, ECDSA P-256")
            .ValidateOnStart();
        services.TryAddSingleton<Publishers>();
        return services;
    }
}
