namespace Fleet.Agent;

/// <summary>Slots, tables and routes are the whole machine's: tests that make them run alone, one after the other.</summary>
[CollectionDefinition("device", DisableParallelization = true)]
public sealed class DeviceTests;
