using Fleet.Cli;

return await FleetCommand.Run(args, Surroundings.OfProcess());
