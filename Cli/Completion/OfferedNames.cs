using System.CommandLine;
using System.CommandLine.Completions;
using Fleet.Client;

namespace Fleet.Cli;

/// <summary>Names that the engine knows, offered to the shell of who types. Whatever goes wrong, nothing is offered, and soon.</summary>
internal static class OfferedNames
{
    private const int Most = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private delegate IAsyncEnumerable<string> Ask(FleetClient client, CompletionContext context, CancellationToken cancel);

    // By what the help calls them.
    private static readonly Dictionary<string, Ask> Sources = new()
    {
        ["ROLLOUT"] = (client, _, cancel) => client.Rollouts.List(cancel: cancel).Select(r => r.Id),
        ["FREEZE"] = (client, _, cancel) => client.Scheduling.ListFreezes(active: true, cancel).Select(f => f.Id),
        ["RESOURCE"] = (client, _, cancel) => client.Resources.List(cancel).Select(r => r.Name),
        ["RESOURCE/INSTANCE"] = (client, _, cancel) => client.Instances.List(cancel: cancel).Select(i => $"{i.Resource}/{i.Instance}"),
        ["IMAGE"] = (client, _, cancel) => client.Images.List(cancel).Select(i => i.Name),
        ["PATCH"] = (client, context, cancel) => Given(context.ParseResult, "--image") is { } image
            ? client.Images.ListPatches(image, cancel).Select(p => p.Id)
            : AsyncEnumerable.Empty<string>(),
        // The image first: nobody reads the patches of all images.
        ["IMAGE/PATCH"] = (client, context, cancel) => context.WordToComplete.Split('/') is [var image, _]
            ? client.Images.ListPatches(image, cancel).Select(p => $"{image}/{p.Id}")
            : client.Images.List(cancel).Select(i => $"{i.Name}/"),
    };

    /// <summary>Gives all commands that ask the engine their names to offer.</summary>
    public static void Attach(Command command, Surroundings surroundings)
    {
        foreach (var child in command.Subcommands) Attach(child, surroundings);
        if (!ConnectionOptions.Has(command)) return;
        foreach (var argument in command.Arguments)
        {
            if (!Sources.TryGetValue(argument.Name, out var ask)) continue;
            // Otherwise the help would name all that could be completed.
            argument.HelpName = argument.Name;
            argument.CompletionSources.Add(context => Offer(surroundings, context, ask));
        }
        foreach (var option in command.Options)
            if (option.HelpName is { } name && Sources.TryGetValue(name, out var ask)) option.CompletionSources.Add(context => Offer(surroundings, context, ask));
    }

    // The line isn't whole yet, so asking for values by name would complain.
    private static string? Given(ParseResult parsed, string option) =>
        parsed.CommandResult.Command.Options.FirstOrDefault(o => o.Name == option) is { } known && parsed.GetResult(known) is { Tokens: [{ Value: var text }] } ? text : null;

    private static IEnumerable<CompletionItem> Offer(Surroundings surroundings, CompletionContext context, Ask ask)
    {
        if (context is not TextCompletionContext) return []; // Nobody types: it's the help that looks.
        // A shell waits, and its sources can't.
        var names = Names(surroundings, context, ask).GetAwaiter().GetResult();
        return names.Select(name => new CompletionItem(name));
    }

    private static async Task<string[]> Names(Surroundings surroundings, CompletionContext context, Ask ask)
    {
        using var soon = new CancellationTokenSource(Patience, surroundings.Time);
        try
        {
            using var client = ConnectionOptions.ForCompletion(context.ParseResult, surroundings);
            if (client is null) return [];
            return await ask(client, context, soon.Token)
                .Where(name => name.StartsWith(context.WordToComplete, StringComparison.Ordinal) && Words.Plain(name) == name)
                .Take(Most).ToArrayAsync(soon.Token);
        }
        catch (Exception e) when (e is FleetException or CliException or OperationCanceledException)
        {
            return [];
        }
    }
}
