namespace Fleet.Cli;

/// <summary>Files that the user named: when they can't be used, that is said as such.</summary>
internal static class Files
{
    public static async Task<T> Using<T>(string path, Func<string, Task<T>> use)
    {
        try
        {
            return await use(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.File(path, e);
        }
    }

    public static Task<byte[]> Read(string path, CancellationToken cancel) => Using(path, file => File.ReadAllBytesAsync(file, cancel));

    public static async Task Write(string path, byte[] content, CancellationToken cancel) => await Using(path, async file =>
    {
        await File.WriteAllBytesAsync(file, content, cancel);
        return file;
    });
}
