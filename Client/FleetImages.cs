using Fleet.Protocol.V1;
using Google.Protobuf;

namespace Fleet.Client;

/// <summary>Image versions and the signed patches that lead to them.</summary>
public sealed class FleetImages
{
    private readonly FleetConnection _connection;
    private readonly Images.ImagesClient _images;

    internal FleetImages(FleetConnection connection) => (_connection, _images) = (connection, new Images.ImagesClient(connection.Invoker));

    /// <summary>Makes an uploaded version known; <paramref name="digest"/> names its image manifest. Safe to repeat.</summary>
    public Task<ImageVersion> PublishVersion(string image, string version, string digest, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.PublishVersionAsync(new PublishVersionRequest { Image = image, Version = version, Digest = digest }, call), cancel);

    /// <summary>Makes a signed patch known; its layer or manifest must be in the registry. Safe to repeat.</summary>
    public Task<Patch> PublishPatch(string image, ReadOnlyMemory<byte> envelope, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.PublishPatchAsync(new PublishPatchRequest { Image = image, Envelope = ByteString.CopyFrom(envelope.Span) }, call), cancel);

    /// <summary>An image with its versions and patches.</summary>
    public Task<Image> Get(string image, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _images.GetImageAsync(new GetImageRequest { Image = image }, call), cancel);

    /// <summary>One patch of an image.</summary>
    public Task<Patch> GetPatch(string image, string patch, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _images.GetPatchAsync(new GetPatchRequest { Image = image, Patch = patch }, call), cancel);
}
