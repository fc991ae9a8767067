using System.Collections.Immutable;
using Fleet.Images;

namespace Fleet.Gateway.Api;

/// <summary>Image versions and signed patches. A version is made known from what the registry holds, never from what the caller says.</summary>
internal sealed class ImagesService(IGrainFactory grains, ContentStore content, TimeProvider time) : Wire.Images.ImagesBase
{
    public override async Task<Wire.ImageVersion> PublishVersion(Wire.PublishVersionRequest request, ServerCallContext context)
    {
        new Check()
            .Name("image", request.Image)
            .That(Names.IsVersion(request.Version), "version", $"expected {Names.VersionRule}")
            .That(Digest.TryParse(request.Digest, out var digest), "digest", "expected sha256: and 64 lower-case hexadecimal digits")
            .Done();

        var image = await Contents(digest!, context.CancellationToken);
        new Check()
            .That(image.Image == request.Image, "image", $"the manifest is of image '{image.Image}'")
            .That(image.Version == request.Version, "version", $"the manifest is of version '{image.Version}'")
            .Done();
        if (image.Layers.FirstOrDefault(l => content.SizeOf(l.Digest) != l.Size) is { } missing)
            throw Incomplete($"layer {missing.Digest} with {missing.Size} bytes is not in the registry: upload it first");

        var facts = new ImageVersionFacts
        {
            Version = image.Version,
            Digest = image.Manifest.ToString(),
            Components = [.. image.Components.Select(c => $"{c.Key}@{c.Value}")],
            Ports = [.. image.Service.Ports.Select(p => p.Name)],
            Published = time.GetUtcNow(),
        };
        var grain = grains.Image(request.Image);
        Require(await grain.PublishVersion(facts));
        return Wires.Of(request.Image, await grain.Version(facts.Version) ?? facts);
    }

    public override async Task<Wire.Patch> PublishPatch(Wire.PublishPatchRequest request, ServerCallContext context)
    {
        new Check().Name("image", request.Image).That(request.Envelope.Length > 0, "envelope", "expected the publisher's DSSE envelope").Done();

        var answer = await grains.Image(request.Image).PublishPatch(ImmutableArray.Create(request.Envelope.Span), Caller.Of(context));
        Require(answer);
        return Wires.Of(answer.Patch ?? throw new InvalidOperationException("a published patch came back without itself"));
    }

    public override async Task<Wire.Image> GetImage(Wire.GetImageRequest request, ServerCallContext context)
    {
        new Check().Name("image", request.Image).Done();
        var view = await grains.Image(request.Image).Show();
        return view.Versions.IsEmpty && view.Patches.IsEmpty
            ? throw new Refusal(StatusCode.NotFound, "IMAGE_UNKNOWN", $"there is no image '{request.Image}'").ToException()
            : Wires.Of(view);
    }

    public override async Task<Wire.Patch> GetPatch(Wire.GetPatchRequest request, ServerCallContext context)
    {
        new Check().Name("image", request.Image).PatchId("patch", request.Patch).Done();
        return await grains.Image(request.Image).Patch(request.Patch) is { } patch
            ? Wires.Of(patch)
            : throw new Refusal(StatusCode.NotFound, "PATCH_UNKNOWN", $"image '{request.Image}' has no patch '{request.Patch}'").ToException();
    }

    private async Task<ImageContents> Contents(Digest digest, CancellationToken cancel)
    {
        try
        {
            return await ImageContents.Read(content, digest, cancel);
        }
        catch (ContentException e) when (e.Fault == ContentFault.Missing)
        {
            throw Incomplete($"{e.Message}: upload it first");
        }
        catch (ContentException e) when (e.Fault is ContentFault.Malformed or ContentFault.Mismatch)
        {
            throw new Refusal(StatusCode.FailedPrecondition, "IMAGE_MALFORMED", e.Message).ToException();
        }
    }

    private static void Require(PublishAnswer answer)
    {
        if (answer.Kind == PublishAnswerKind.Published) return;
        var status = answer.Reason switch
        {
            "MALFORMED" => StatusCode.InvalidArgument,
            "PATCH_EXISTS" or "VERSION_EXISTS" => StatusCode.AlreadyExists,
            _ => StatusCode.FailedPrecondition,
        };
        throw new Refusal(status, answer.Reason, answer.Detail) { Errors = status == StatusCode.InvalidArgument ? [new("envelope", answer.Detail)] : [] }.ToException();
    }

    private static RpcException Incomplete(string detail) => new Refusal(StatusCode.FailedPrecondition, "CONTENT_MISSING", detail).ToException();
}
