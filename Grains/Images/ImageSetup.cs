using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Fleet.Images;

/// <summary>What images need from their host.</summary>
public static class ImageSetup
{
    /// <summary>Adds the publishers whose patches are believed, from the section <c>Fleet:Publishers</c>.</summary>
    public static IServiceCollection AddImages(this IServiceCollection services)
    {
        services.AddOptions<PublisherOptions>()
            .BindConfiguration("Fleet:Publishers")
            .Validate(options => options.Keys.All(key => Publishers.Fault(key) == ""), "Fleet:Publishers:Keys: expected public keys in PEM form, ECDSA P-256")
            .ValidateOnStart();
        services.TryAddSingleton<Publishers>();
        return services;
    }
}
