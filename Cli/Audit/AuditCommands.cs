using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet audit</c>: who did what, why, and how it ended; and whether the record is whole.</summary>
internal static class AuditCommands
{
    private static readonly string[] Kinds = ["image", "rollout", "freeze", "application", "engine"];

    public static Command Create(Surroundings surroundings)
    {
        var subject = new Argument<string?>("SUBJECT")
        {
            Description = "RESOURCE (with its instances), RESOURCE/INSTANCE, image:NAME, rollout:ID, freeze:ID, application:NAME or engine:backup. Default: everything.",
            Arity = ArgumentArity.ZeroOrOne,
            Validators = { Check },
        };
        var command = new Command("audit", "Shows the audit, oldest first.") { subject };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            await Lists.Show(new Printer(parsed, surroundings), client.Audit.List(parsed.GetValue(subject) ?? "", cancel), Rows, cancel);
            return Exit.Good;
        });
        command.Add(Verify(surroundings));
        return command;
    }

    private static Command Verify(Surroundings surroundings)
    {
        var command = new Command("verify", "Lets the engine recompute the hash chains; exit code 1 when one is broken.");
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var answer = await client.Audit.Verify(cancel);
            new Printer(parsed, surroundings).Write(answer, a => Tables.Facts(
                [("audit", a.Valid ? "valid" : "not valid"), ("records", $"{a.Records}"), .. a.Detail.Length > 0 ? [("detail", a.Detail)] : Array.Empty<(string, string)>()]));
            return answer.Valid ? Exit.Good : Exit.EndedBadly;
        });
        return command;
    }

    private static Spectre.Console.Table Rows(IEnumerable<AuditRecord> records)
    {
        var table = Tables.List("at", "who", "did", "to", "outcome", "why");
        foreach (var record in records)
            table.Row(Words.At(record.At), record.Actor, record.Action, record.Subject, Words.Of(record.Outcome), Words.Of(record.Reason));
        return table;
    }

    private static void Check(ArgumentResult result)
    {
        if (result.Tokens is not [{ Value: var text }]) return;
        if (text.Split(':') is [var kind, { Length: > 0 }] && Kinds.Contains(kind)) return;
        if (text.Split('/') is not ({ Length: 1 } or { Length: 2 }) || !text.Split('/').All(Images.Names.IsName))
            result.AddError($"'{text}' is no subject: expected RESOURCE, RESOURCE/INSTANCE, or one of {string.Join(", ", Kinds.Select(k => $"{k}:…"))}");
    }
}
