using System.Collections.Immutable;
using System.Globalization;
using Fleet.Images;
using Fleet.Roster;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Fleet.Gateway.Api;

/// <summary>Image versions and signed patches. A version is made known from what the registry holds, never from what the caller says.</summary>
internal sealed class ImagesService(IGrainFactory grains, ContentStore content, PageTokens tokens, TimeProvider time) : Wire.Images.ImagesBase
{
    public override async Task<Wire.ImageVersion> PublishVersion(Wire.PublishVersionRequest request, ServerCallContext context)
    {
        new Check()
            .Name("image", request.Image)
            .Version("version", request.Version)
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
        return Wires.Versions(await grain.Show()).FirstOrDefault(v => v.Version == facts.Version) ?? Wires.Of(request.Image, facts);
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
        return Wires.Of(await Known(request.Image));
    }

    public override async Task<Wire.Patch> GetPatch(Wire.GetPatchRequest request, ServerCallContext context)
    {
        new Check().Name("image", request.Image).PatchId("patch", request.Patch).Done();
        return await Patch(request.Image, request.Patch);
    }

    public override async Task<Wire.ListImagesResponse> ListImages(Wire.ListImagesRequest request, ServerCallContext context)
    {
        new Check().Page(tokens, Page.ListingOf("images"), request.PageSize, request.PageToken, out var page).Done();

        var names = grains.Names(Listing.Images, page);
        var entries = await names.Take(page.Size, context.CancellationToken);
        var views = await Task.WhenAll(entries.Select(e => grains.Image(e.Name).Show()));
        var response = new Wire.ListImagesResponse { NextPageToken = await names.More(context.CancellationToken) ? tokens.Write(page.Listing, entries[^1].Key) : "" };
        response.Images.AddRange(views.Select(Wires.Summary));
        return response;
    }

    public override async Task<Wire.ListVersionsResponse> ListVersions(Wire.ListVersionsRequest request, ServerCallContext context)
    {
        new Check()
            .Name("image", request.Image)
            .Page(tokens, Page.ListingOf("versions", request.Image), request.PageSize, request.PageToken, out var page)
            .Done();
        var response = new Wire.ListVersionsResponse();
        response.NextPageToken = Fill(response.Versions, Wires.Versions(await Known(request.Image)), page);
        return response;
    }

    public override async Task<Wire.ListPatchesResponse> ListPatches(Wire.ListPatchesRequest request, ServerCallContext context)
    {
        new Check()
            .Name("image", request.Image)
            .Page(tokens, Page.ListingOf("patches", request.Image), request.PageSize, request.PageToken, out var page)
            .Done();
        var response = new Wire.ListPatchesResponse();
        response.NextPageToken = Fill(response.Patches, (await Known(request.Image)).Patches.Select(Wires.Of), page);
        return response;
    }

    public override async Task<Wire.Patch> Quarantine(Wire.QuarantineRequest request, ServerCallContext context)
    {
        await Judge(request);
        await grains.Image(request.Image).Quarantine(request.Patch, Caller.Of(context), request.Reason);
        return await Patch(request.Image, request.Patch);
    }

    public override async Task<Wire.Patch> LiftQuarantine(Wire.QuarantineRequest request, ServerCallContext context)
    {
        await Judge(request);
        await grains.Image(request.Image).LiftQuarantine(request.Patch, Caller.Of(context), request.Reason);
        return await Patch(request.Image, request.Patch);
    }

    private async Task Judge(Wire.QuarantineRequest request)
    {
        new Check().Name("image", request.Image).PatchId("patch", request.Patch).Reason(request.Reason).Done();
        await Patch(request.Image, request.Patch);
    }

    private async Task<ImageView> Known(string image)
    {
        var view = await grains.Image(image).Show();
        return view.Versions.IsEmpty && view.Patches.IsEmpty
            ? throw new Refusal(StatusCode.NotFound, "IMAGE_UNKNOWN", $"there is no image '{image}'").ToException()
            : view;
    }

    private async Task<Wire.Patch> Patch(string image, string patch) => await grains.Image(image).Patch(patch) is { } view
        ? Wires.Of(view)
        : throw new Refusal(StatusCode.NotFound, "PATCH_UNKNOWN", $"image '{image}' has no patch '{patch}'").ToException();

    // Versions and patches are only ever added: a position stays what it is.
    private string Fill<T>(RepeatedField<T> field, IEnumerable<T> all, Page page)
        where T : IMessage
    {
        var from = page.After.Length == 0 ? 0 : int.Parse(page.After, CultureInfo.InvariantCulture);
        var rest = all.Skip(from).ToList();
        var fits = Page.Fitting(rest.Take(page.Size).Cast<IMessage>());
        field.AddRange(rest.Take(fits));
        return fits < rest.Count ? tokens.Write(page.Listing, (from + fits).ToString(CultureInfo.InvariantCulture)) : "";
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
