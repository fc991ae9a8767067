// The authority's key is kept by file modes.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
