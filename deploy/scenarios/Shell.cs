using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Fleet.Scenarios;

/// <summary>A program that ended: what it printed and how.</summary>
internal sealed record Ended(int Code, string Output, string Errors)
{
    /// <summary>The output as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Output) ?? throw new InvalidOperationException($"no JSON: {Output}");
}

/// <summary>Runs programs as a user would.</summary>
internal static class Shell
{
    public static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, bool redirect = true)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = redirect, RedirectStandardError = redirect, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        return process;
    }

    public static async Task<Ended> Run(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, TimeSpan? within = null)
    {
        using var process = Start(program, arguments, environment);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(within ?? TimeSpan.FromMinutes(2));
        try { await process.WaitForExitAsync(limit.Token); }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end in time: {await errors}");
        }
        return new(process.ExitCode, await output, await errors);
    }

    /// <summary>Starts a program that stays, its output appended to a file.</summary>
    public static Process Stay(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string log)
    {
        var process = Start(program, arguments, environment);
        var writer = TextWriter.Synchronized(new StreamWriter(log, append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) writer.WriteLine(text); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) writer.WriteLine(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
