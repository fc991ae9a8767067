namespace Fleet.Images;

/// <summary>A directory of one test's own, gone at its end.</summary>
internal sealed class Temp : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("fleet-test-").FullName;

    public string this[string path] => Path.Combine(Root, path);

    /// <summary>Writes a file, and the directories above it.</summary>
    public string Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], text);
        return this[path];
    }

    /// <summary>Makes a directory, and those above it.</summary>
    public string Make(string path) => Directory.CreateDirectory(this[path]).FullName;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

internal static class Root
{
    /// <summary>Unpacking sets owners and makes overlay marks, which only root may do. In CI it must run.</summary>
    public static void Required() => Assert.SkipUnless(
        Environment.UserName == "root" || Environment.GetEnvironmentVariable("CI") == "true", "needs root");
}
