using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet rollout plan</c>: what <c>start</c> would do with the same options.</summary>
internal static class PlanCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var id = new Option<string?>("--id") { Description = "The id that the rollout would have: it decides which instance is in which wave. Start it with the same one to have these waves.", HelpName = "ID" };
        id.Validators.Add(result => Subjects.CheckId(result, "a rollout", Subjects.LongestRollout));
        var command = new Command("plan", "Shows what a rollout would do, and changes nothing; exit code 1 when it could not be started.") { id };
        var spec = SpecOptions.AddTo(command);
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var plan = await client.Rollouts.Plan(spec.Read(parsed), parsed.GetValue(id), cancel);
            new Printer(parsed, surroundings).Write(plan, PlanView.Render);
            return plan.Refusal.Length > 0 ? Exit.EndedBadly : Exit.Good;
        });
        return command;
    }
}
