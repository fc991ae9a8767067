using System.Diagnostics;

namespace Fleet.Images;

/// <summary>A Debian package file, read and unpacked by <c>dpkg-deb</c>. No script of it is run.</summary>
public static class DebFile
{
    /// <summary>Unpacks its files below a directory, with its record as an image has it.</summary>
    /// <exception cref="InvalidOperationException">dpkg-deb refused; the message is its own.</exception>
    public static async Task<DebianPackage> Unpack(string file, string directory, CancellationToken cancel = default)
    {
        var control = await Run(["--field", file], cancel);
        var package = DpkgDatabase.Parse(new StringReader(control)).FirstOrDefault()
            ?? throw new InvalidOperationException($"'{file}' has no package name and version");
        await Run(["--extract", file, directory], cancel);
        var record = Path.Combine(directory, DpkgDatabase.RecordPath(package.Name));
        Directory.CreateDirectory(Path.GetDirectoryName(record)!);
        await File.WriteAllTextAsync(record, "Status: install ok installed\n" + control, cancel);
        return package;
    }

    private static async Task<string> Run(IEnumerable<string> arguments, CancellationToken cancel)
    {
        using var dpkg = Process.Start(new ProcessStartInfo("dpkg-deb", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException("dpkg-deb did not start");
        var error = dpkg.StandardError.ReadToEndAsync(cancel);
        var output = await dpkg.StandardOutput.ReadToEndAsync(cancel);
        await dpkg.WaitForExitAsync(cancel);
        return dpkg.ExitCode == 0 ? output : throw new InvalidOperationException((await error).Trim());
    }
}
