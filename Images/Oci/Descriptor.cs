namespace Fleet.Images;

/// <summary>Where content is and how large it is: an OCI descriptor.</summary>
/// <param name="MediaType">What the content is, e.g. <see cref="MediaTypes.LayerGzip"/>.</param>
/// <param name="Digest">Its name.</param>
/// <param name="Size">Bytes.</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size);

/// <summary>Media types of the OCI image specification 1.1, and Fleet's own.</summary>
public static class MediaTypes
{
    public const string ImageManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string ImageConfig = "application/vnd.oci.image.config.v1+json";
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";
    public const string LayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    public const string CycloneDx = "application/vnd.cyclonedx+json";
    public const string Patch = "application/vnd.fleet.patch.v1+json";
}
