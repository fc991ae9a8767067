using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Instances;

/// <summary>What instances need from their host.</summary>
public static class InstanceSetup
{
    /// <summary>Adds the options of instances, from the section <c>Fleet:Instances</c>.</summary>
    public static IServiceCollection AddInstances(this IServiceCollection services)
    {
        services.AddOptions<InstanceOptions>().BindConfiguration("Fleet:Instances").ValidateDataAnnotations().ValidateOnStart();
        return services;
    }
}
