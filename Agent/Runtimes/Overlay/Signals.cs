namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>The numbers of the signals that a service definition may name.</summary>
internal static class Signals
{
    public static int NumberOf(string name) => name switch
    {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "USR1" => 10,
        "USR2" => 12,
        "TERM" => 15,
        "WINCH" => 28,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no signal that a service definition may name"),
    };
}
