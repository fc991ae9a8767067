using System.Globalization;

namespace Fleet.Bench.Device;

/// <summary>What the kernel says that a process has used so far, with the children it has waited for.</summary>
/// <param name="CpuSeconds">User and system time.</param>
/// <param name="MemoryMiB">Resident now.</param>
internal readonly record struct Usage(double CpuSeconds, double MemoryMiB)
{
    private const double TicksPerSecond = 100;
    private const int UserTime = 13, ChildrensSystemTime = 16;

    public static Usage Of(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        // The name, in parentheses, may hold anything; what follows it begins with the third field.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = fields[(UserTime - 2)..(ChildrensSystemTime - 1)].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        var resident = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new(ticks / TicksPerSecond, double.Parse(resident, CultureInfo.InvariantCulture) / 1024);
    }
}
