using Fleet.Resources;

namespace Fleet.Instances;

/// <summary>Names a running service image on a resource.</summary>
[GenerateSerializer, Immutable, Alias("fleet.instance-id")]
public sealed record InstanceId
{
    private const char Separator = '/';

    public InstanceId(string resource, string name) => (Resource, Name) = (ResourceId.Part(resource), ResourceId.Part(name));

    [Id(0)] public string Resource { get; }
    [Id(1)] public string Name { get; }

    public override string ToString() => $"{Resource}{Separator}{Name}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static InstanceId Parse(string text)
    {
        var parts = text.Split(Separator);
        return parts.Length == 2 ? new(parts[0], parts[1]) : throw new ArgumentException($"'{text}' is no instance: expected resource/name", nameof(text));
    }
}
