// Modes of files are looked at.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
