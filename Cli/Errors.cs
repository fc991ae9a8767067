using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Client;
using Fleet.Images;
using Grpc.Core;

namespace Fleet.Cli;

/// <summary>Says on standard error what is wrong and what to do, and picks the exit code.</summary>
internal static class Errors
{
    public static int OfUsage(ParseResult parsed, Surroundings surroundings)
    {
        var command = parsed.CommandResult.Command;
        var isGroup = command.Subcommands.Count > 0 && command.Action is null;
        // A group on its own is a question: which commands are there?
        if (isGroup && parsed.UnmatchedTokens.Count == 0)
            FleetCommand.Root(surroundings).Parse([.. Path(parsed), "--help"]).Invoke(new InvocationConfiguration { Output = surroundings.Error, Error = surroundings.Error });
        else
            foreach (var error in Told(parsed)) Say(surroundings, error, "");
        surroundings.Error.WriteLine($"see: fleet {string.Join(' ', [.. Path(parsed), "--help"])}");
        return Exit.Usage;
    }

    public static int Say(Exception error, Surroundings surroundings)
    {
        var (exit, message, advice) = error switch
        {
            CliException e => (e.Exit, e.Message, e.Advice),
            FleetException e => (Exit.Of(e.Status), e.Reason.Length > 0 ? $"{e.Reason}: {e.Message}" : e.Message, Advice(e)),
            ContentException or IOException or UnauthorizedAccessException => (Exit.Usage, error.Message, ""),
            OperationCanceledException => (Exit.Interrupted, "interrupted", "what the engine has accepted goes on"),
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, "not foreseen"),
        };
        Say(surroundings, message, advice);
        return exit;
    }

    private static void Say(Surroundings surroundings, string message, string advice)
    {
        surroundings.Error.WriteLine($"error: {Words.Plain(message)}");
        if (advice.Length > 0) surroundings.Error.WriteLine($"       {Words.Plain(advice)}");
    }

    // A mistyped command is also a missing one; that is said once.
    private static IEnumerable<string> Told(ParseResult parsed) => parsed.Errors
        .Where(e => parsed.UnmatchedTokens.Count == 0 || e.Message != "Required command was not provided.")
        .Select(e => e.Message).Distinct();

    private static string Advice(FleetException error) => error switch
    {
        { Reason: "ENGINE_UNTRUSTED" } => "give the authority's certificate with --ca or FLEET_CA; the engine prints where it is when it starts",
        { Status: StatusCode.Unavailable } => "is the engine running there? set another address with --engine, FLEET_ENGINE or 'fleet login'",
        { Status: StatusCode.DeadlineExceeded } => "the engine may be busy: what it was asked may still happen, so look before you ask again",
        { Status: StatusCode.Unauthenticated } => "set the operator key with --key, FLEET_KEY or 'fleet login'",
        { Status: StatusCode.PermissionDenied } => "this key may not do that: use one with another role",
        _ => "",
    };

    /// <summary>Names of the commands from the outermost to the innermost, without <c>fleet</c> itself.</summary>
    private static Stack<string> Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand and var command }; at = at.Parent)
            names.Push(command.Name);
        return names;
    }
}
