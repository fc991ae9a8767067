using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Protocol.V1;

namespace Fleet.Cli;

/// <summary><c>fleet audit</c>: who did what, why, and how it ended; and whether the record is whole.</summary>
internal static class AuditCommands
{
    // The columns of a page of a table are as wide as its widest cells, so a table needs its rows at hand.
    private const int RowsAtOnce = 200;

    public static Command Create(Surroundings surroundings)
    {
        var subject = new Argument<string?>("SUBJECT")
        {
            Description = "RESOURCE or RESOURCE/INSTANCE. Default: everything.",
            Arity = ArgumentArity.ZeroOrOne,
            Validators = { Check },
        };
        var command = new Command("audit", "Shows the audit, oldest first.") { subject };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var printer = new Printer(parsed, surroundings);
            using var client = connection.Connect(parsed);
            var records = client.Audit.List(parsed.GetValue(subject) ?? "", cancel);
            await foreach (var some in records.Chunk(printer.IsJson ? 1 : RowsAtOnce).WithCancellation(cancel))
            {
                if (printer.IsJson) printer.Write(some[0], _ => Rows(some));
                else printer.Tell(Rows(some));
            }
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
        if (text.Split('/') is not ({ Length: 1 } or { Length: 2 }) || !text.Split('/').All(Images.Names.IsName))
            result.AddError($"'{text}' is no subject: expected RESOURCE or RESOURCE/INSTANCE");
    }
}
