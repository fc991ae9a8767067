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
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<ImageVersion> PublishVersion(string image, string version, string digest, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.PublishVersionAsync(new PublishVersionRequest { Image = image, Version = version, Digest = digest }, call), cancel);

    /// <summary>Makes a signed patch known; its layer or manifest must be in the registry. Safe to repeat.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Patch> PublishPatch(string image, ReadOnlyMemory<byte> envelope, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.PublishPatchAsync(new PublishPatchRequest { Image = image, Envelope = ByteString.CopyFrom(envelope.Span) }, call), cancel);

    /// <summary>An image with its versions and patches.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Image> Get(string image, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _images.GetImageAsync(new GetImageRequest { Image = image }, call), cancel);

    /// <summary>All images by name; page after page, as they are read.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<ImageSummary> List(CancellationToken cancel = default) => Pages.All((token, one) => ListPage(Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<ImageSummary>> ListPage(int size = 0, string token = "", CancellationToken cancel = default)
    {
        var page = await _connection.Call(Repeat.Safe, call => _images.ListImagesAsync(new ListImagesRequest { PageSize = (uint)size, PageToken = token }, call), cancel);
        return new Page<ImageSummary>(page.Images, page.NextPageToken);
    }

    /// <summary>The versions of an image in the order of their publication; page after page, as they are read.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<ImageVersion> ListVersions(string image, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListVersionsPage(image, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<ImageVersion>> ListVersionsPage(string image, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListVersionsRequest { Image = image, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _images.ListVersionsAsync(request, call), cancel);
        return new Page<ImageVersion>(page.Versions, page.NextPageToken);
    }

    /// <summary>The patches of an image in the order of their publication; page after page, as they are read.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public IAsyncEnumerable<Patch> ListPatches(string image, CancellationToken cancel = default) =>
        Pages.All((token, one) => ListPatchesPage(image, Pages.Size, token, one), cancel);

    /// <summary>One page of them.</summary>
    /// <param name="size">At most so many; 0 leaves it to the engine.</param>
    /// <param name="token">Of the page before; empty is the first.</param>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public async Task<Page<Patch>> ListPatchesPage(string image, int size = 0, string token = "", CancellationToken cancel = default)
    {
        var request = new ListPatchesRequest { Image = image, PageSize = (uint)size, PageToken = token };
        var page = await _connection.Call(Repeat.Safe, call => _images.ListPatchesAsync(request, call), cancel);
        return new Page<Patch>(page.Patches, page.NextPageToken);
    }

    /// <summary>Keeps automation from offering a patch, and the version that it leads to. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is no such patch.</exception>
    public Task<Patch> Quarantine(string image, string patch, string reason, CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.QuarantineAsync(new QuarantineRequest { Image = image, Patch = patch, Reason = reason }, call), cancel);

    /// <summary>Ends a quarantine: the patch may be offered again. Safe to repeat.</summary>
    /// <exception cref="FleetException">There is no such patch.</exception>
    public Task<Patch> LiftQuarantine(string image, string patch, string reason = "", CancellationToken cancel = default) => _connection.Call(
        Repeat.Safe, call => _images.LiftQuarantineAsync(new QuarantineRequest { Image = image, Patch = patch, Reason = reason }, call), cancel);

    /// <summary>One patch of an image.</summary>
    /// <exception cref="FleetException">The engine refused, or can't be asked.</exception>
    public Task<Patch> GetPatch(string image, string patch, CancellationToken cancel = default) =>
        _connection.Call(Repeat.Safe, call => _images.GetPatchAsync(new GetPatchRequest { Image = image, Patch = patch }, call), cancel);
}
