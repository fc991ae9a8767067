using System.Security.Cryptography;
using Fleet.Fakes;
using Grpc.Core;

namespace Fleet.Client;

public sealed class RegistryTests
{
    private static readonly byte[] Layer = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];
    private static readonly string Name = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Layer))}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blob_is_uploaded_once()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        Assert.True(await Push(client));
        Assert.Equal(Layer, engine.Registry.Blobs[$"web@{Name}"]);
        Assert.True(await client.Registry.HasBlob("web", Name, Cancel));

        var before = engine.Calls.Count;
        Assert.False(await Push(client));
        Assert.Equal(before + 1, engine.Calls.Count);
    }

    [Fact]
    public async Task An_upload_that_breaks_is_begun_again_from_its_beginning()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();
        engine.Instead.Enqueue(FakeNotThere);
        engine.Instead.Enqueue(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });

        Assert.True(await Push(client));
        Assert.Equal(Layer, engine.Registry.Blobs[$"web@{Name}"]);

        static Task FakeNotThere(Microsoft.AspNetCore.Http.HttpContext context)
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Content_that_its_digest_does_not_name_is_refused_with_the_registrys_words()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        var failure = await Assert.ThrowsAsync<FleetException>(() => client.Registry.PushBlob("web", Name, 3, () => new MemoryStream([1, 2, 3]), Cancel));

        Assert.Equal((StatusCode.InvalidArgument, "DIGEST_INVALID"), (failure.Status, failure.Reason));
        Assert.Empty(engine.Registry.Blobs);
    }

    [Fact]
    public async Task An_upload_is_not_sent_to_another_host()
    {
        await using var engine = await FakeEngine.Start();
        engine.Registry.Location = "https://elsewhere.example/v2/{0}/blobs/uploads/1";
        using var client = engine.Client();

        Assert.Equal("REGISTRY_ODD", (await Assert.ThrowsAsync<FleetException>(() => Push(client))).Reason);
    }

    [Fact]
    public async Task A_manifest_goes_under_its_reference_with_its_media_type()
    {
        await using var engine = await FakeEngine.Start();
        using var client = engine.Client();

        await client.Registry.PushManifest("web", "1.0", "application/vnd.oci.image.manifest.v1+json", "{}"u8.ToArray(), Cancel);

        var (mediaType, content) = engine.Registry.Manifests["web:1.0"];
        Assert.Equal("application/vnd.oci.image.manifest.v1+json", mediaType);
        Assert.Equal("{}"u8, content);
    }

    private static Task<bool> Push(FleetClient client) => client.Registry.PushBlob("web", Name, Layer.Length, () => new MemoryStream(Layer), Cancel);
}
