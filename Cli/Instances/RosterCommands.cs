using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet instance list</c> and <c>label</c>.</summary>
internal static class RosterCommands
{
    public static Command List(Surroundings surroundings)
    {
        var image = new Option<string?>("--image") { Description = "Only instances of this image.", HelpName = "IMAGE" };
        image.Validators.Add(result => Subjects.Check(result, "image"));
        var version = new Option<string?>("--version") { Description = "Only instances that run this version.", HelpName = "VERSION" };
        var select = Labels.Option("Only instances with this label. May be repeated: then all must be there.");
        return Lists.Create(
            surroundings, "list", "Lists the instances of the fleet.", [image, version, select],
            (client, parsed, cancel) => client.Instances.List(parsed.GetValue(image) ?? "", parsed.GetValue(version) ?? "", parsed.GetValue(select), cancel), Rows);
    }

    public static Command Label(Surroundings surroundings)
    {
        var instance = Subjects.Instance();
        var labels = new Argument<string[]>("LABEL") { Description = "KEY=VALUE sets a label, KEY- takes it away; others stay. The label 'app' names the application.", Arity = ArgumentArity.ZeroOrMore };
        labels.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (Labels.Split(token.Value) is null && !IsRemoval(token.Value)) result.AddError($"'{token.Value}' is no label: expected KEY=VALUE, or KEY- to take it away");
        });
        var replace = new Option<bool>("--replace") { Description = "These labels and no others: takes all away that are not named." };
        var command = new Command("label", "Sets labels of an instance; without a label, shows them.") { instance, labels, replace };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            var name = parsed.GetRequiredValue(instance);
            var wanted = parsed.GetValue(labels) ?? [];
            using var client = connection.Connect(parsed);
            var (known, printer) = (new Dictionary<string, string>(), new Printer(parsed, surroundings));
            if (!parsed.GetValue(replace))
            {
                var now = await client.Instances.Get(name.Resource, name.Instance, cancel);
                if (wanted.Length == 0)
                {
                    printer.Write(Summary(now), Render);
                    return Exit.Good;
                }
                foreach (var (key, value) in now.Labels) known.Add(key, value);
            }
            foreach (var label in wanted)
            {
                if (Labels.Split(label) is var (key, value)) known[key] = value;
                else known.Remove(label[..^1]);
            }
            printer.Write(await client.Instances.SetLabels(name.Resource, name.Instance, known, cancel), Render);
            return Exit.Good;
        });
        return command;
    }

    private static bool IsRemoval(string text) => text.Length > 1 && text.EndsWith('-');

    private static InstanceSummary Summary(Instance instance) => new()
    {
        Resource = instance.Resource,
        Instance = instance.Name,
        Labels = { instance.Labels },
        Manifest = instance.Observed,
        Health = instance.Health,
        LastReport = instance.LastReport,
    };

    private static IRenderable Render(InstanceSummary instance) => Tables.Facts(
        [("instance", $"{instance.Resource}/{instance.Instance}"), ("labels", Words.Of(Labels.Write(instance.Labels)))]);

    private static Table Rows(IEnumerable<InstanceSummary> instances)
    {
        var table = Tables.List("instance", "health", "runs", "labels", "change", "last report");
        foreach (var one in instances)
            table.Row(
                $"{one.Resource}/{one.Instance}", Words.Of(one.Health), Words.Of(one.Manifest), Words.Of(Labels.Write(one.Labels)), Words.Of(one.Change), Words.At(one.LastReport));
        return table;
    }
}
