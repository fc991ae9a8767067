using System.CommandLine;

namespace Fleet.Cli;

/// <summary>Who reads the output.</summary>
internal enum OutputKind
{
    /// <summary>A person.</summary>
    Table,

    /// <summary>A program: one document, or one object on each line where more follow.</summary>
    Json,
}

/// <summary>The option that every command knows.</summary>
internal static class OutputForm
{
    public static readonly Option<OutputKind> Option = new("--output", "-o")
    {
        Description = "table for people (the default), json for programs: one document, or one object on each line where more follow.",
        HelpName = "table|json",
        Recursive = true,
    };

    static OutputForm()
    {
        Option.AcceptOnlyFromAmong("table", "json");
    }
}
