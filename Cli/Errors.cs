using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Client;
using Fleet.Images;
using Fleet.Protocol.Backups;
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
            BackupException => (Exit.Usage, $"the backup can't be used: {error.Message}", ""),
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
        { Reason: var reason } => Next.GetValueOrDefault(reason, ""),
    };

    // Where to look, or what to do, for what people run into.
    private static readonly Dictionary<string, string> Next = new()
    {
        ["NO_TARGETS"] = "'fleet rollout plan' with the same options shows each instance and why it is left out",
        ["PATCH_QUARANTINED"] = "'fleet patch show IMAGE/PATCH' tells why; 'fleet patch lift' ends the quarantine",
        ["PATCH_UNKNOWN"] = "'fleet image patches IMAGE' lists what is published; publish with 'fleet patch publish'",
        ["VERSION_UNKNOWN"] = "'fleet image versions IMAGE' lists what is published; publish with 'fleet image push'",
        ["IMAGE_UNKNOWN"] = "'fleet image list' shows what is published; publish with 'fleet image push'",
        ["INSTANCE_UNKNOWN"] = "'fleet instance list' shows all",
        ["RESOURCE_UNKNOWN"] = "'fleet resource list' shows all; a new device enrols with a token: 'fleet token RESOURCE'",
        ["ROLLOUT_UNKNOWN"] = "'fleet rollout list' shows all",
        ["ROLLOUT_EXISTS"] = "a rollout with another content has this id: choose another --id, or leave it away",
        ["ROLLOUT_ENDED"] = "start another one with 'fleet rollout start'",
        ["HALTED"] = "'fleet rollout retry' tries its failed targets again; 'rollback', 'stop' or 'kill' end it",
        ["FREEZE_UNKNOWN"] = "'fleet freeze list' shows all",
        ["FREEZE_EXISTS"] = "a freeze with another content has this id: choose another --id, or leave it away",
        ["HOLD_UNKNOWN"] = "'fleet resource release RESOURCE' without an id releases the one that holds it now",
        ["BUSY"] = "another hold has the device: 'fleet resource release RESOURCE' ends it",
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
