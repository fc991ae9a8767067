using System.CommandLine;
using Fleet.Images;

namespace Fleet.Cli;

/// <summary>OCI layouts that must be there already.</summary>
internal static class Layouts
{
    public static Argument<string> Argument() => new("LAYOUT") { Description = "Directory of an OCI layout, as 'fleet image build' makes it." };

    public static OciLayout Open(string directory) => File.Exists(Path.Combine(directory, "index.json"))
        ? new OciLayout(directory)
        : throw CliException.Usage($"'{directory}' is no OCI layout: it has no index.json", "make one with 'fleet image build'");
}
