using System.CommandLine;
using Fleet.Protocol.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary><c>fleet budget</c>: how many instances of an application may be out of service at once.</summary>
internal static class BudgetCommands
{
    public static Command Create(Surroundings surroundings) => new("budget", "Budgets: how many instances of an application may be out of service at once.")
    {
        Set(surroundings),
        ShowCommand.Create(
            surroundings, "Shows the budget of an application, and who uses it now.", Application(),
            (client, application, cancel) => client.Scheduling.GetBudget(application, cancel), Render),
    };

    private static Command Set(Surroundings surroundings)
    {
        var application = Application();
        var most = new Argument<int>("MAX") { Description = "How many may be out of service: those that change, failed and offline ones count. At least 1." };
        most.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(int.TryParse(text, out var number) && number > 0)) result.AddError($"'{text}' is no budget: expected a whole number, at least 1");
        });
        var reason = new Option<string?>("--reason") { Description = "Why; it goes into the audit.", HelpName = "TEXT" };
        var command = new Command("set", "Sets the budget of an application.") { application, most, reason };
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var budget = await client.Scheduling.SetBudget(parsed.GetRequiredValue(application), parsed.GetValue(most), parsed.GetValue(reason) ?? "", cancel);
            new Printer(parsed, surroundings).Write(budget, Render);
            return Exit.Good;
        });
        return command;
    }

    private static Argument<string> Application() => new("APPLICATION") { Description = "The application: what the label 'app' of its instances says." };

    private static IRenderable Render(Budget budget) => Tables.Stack(
    [
        Tables.Facts(
        [
            ("application", budget.Application),
            ("budget", budget.MaxOutOfService == 0 ? "none: waves alone limit how many change at once" : $"{budget.MaxOutOfService} out of service at once"),
            ("out now", $"{budget.OutTotal}"),
        ]),
        .. Tables.Section("Out of service", Out(budget)),
    ]);

    private static Table Out(Budget budget)
    {
        var table = Tables.List("instance", "rollout", "until");
        foreach (var one in budget.Out) table.Row($"{one.Resource}/{one.Instance}", Words.Of(one.Rollout), Words.At(one.Until));
        return table;
    }
}
