using System.ComponentModel;
using System.Diagnostics;

namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>What a program said when it ended.</summary>
internal sealed record ToolResult(string Program, int ExitCode, string Output, string Error)
{
    /// <exception cref="ToolException">It did not end well.</exception>
    public ToolResult Require() => ExitCode == 0 ? this : throw new ToolException($"{Program} ended with {ExitCode}: {Error.Trim()}");
}

/// <summary>A program of the host did not do what it was asked to.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Runs programs of the host: arguments as they are, no shell in between, an environment of ours.</summary>
internal static class Tool
{
    private const string SearchPath = "/usr/sbin:/usr/bin:/sbin:/bin";

    public static string? Find(string name) =>
        SearchPath.Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs to the end; when cancelled, the program and what it started are killed.</summary>
    public static async Task<ToolResult> Run(
        string name, IEnumerable<string> arguments, CancellationToken cancel, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Find(name) ?? throw new ToolException($"{name} is not installed"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment.Clear();
        start.Environment["PATH"] = SearchPath;
        start.Environment["LC_ALL"] = "C";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;

        using var process = Process.Start(start) ?? throw new ToolException($"{name} could not be started");
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancel);
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
            await process.WaitForExitAsync(cancel);
            return new ToolResult(name, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            throw;
        }
        catch (IOException e)
        {
            Kill(process);
            throw new ToolException($"{name} did not read its input", e);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile, which is what was wanted.
        }
    }
}
