using System.CommandLine;

namespace Fleet.Cli;

/// <summary><c>fleet rollout plan</c>: what <c>start</c> would do with the same options.</summary>
internal static class PlanCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var command = new Command("plan", "Shows what a rollout would do, and changes nothing; exit code 1 when it could not be started.");
        var spec = SpecOptions.AddTo(command);
        var connection = ConnectionOptions.AddTo(command, surroundings);
        command.SetAction(async (parsed, cancel) =>
        {
            using var client = connection.Connect(parsed);
            var plan = await client.Rollouts.Plan(spec.Read(parsed), cancel);
            new Printer(parsed, surroundings).Write(plan, PlanView.Render);
            return plan.Refusal.Length > 0 ? Exit.EndedBadly : Exit.Good;
        });
        return command;
    }
}
