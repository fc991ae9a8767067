using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fleet.Cli;

/// <summary>The two shapes that output for people has: rows under headings, and facts by name.</summary>
internal static class Tables
{
    public static Table List(params string[] headings)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn(new Text(heading.ToUpperInvariant(), Styles.Quiet)) { Padding = new Padding(0, 0, 2, 0), NoWrap = true });
        return table;
    }

    public static Table Row(this Table table, params string[] cells) => table.AddRow([.. cells.Select(c => Cell(c))]);

    public static Grid Facts(IEnumerable<(string Name, string Value)> facts)
    {
        var grid = new Grid()
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 2, 0), NoWrap = true })
            .AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        foreach (var (name, value) in facts) grid.AddRow(new Text(name, Styles.Quiet), Cell(value));
        return grid;
    }

    /// <summary>A section with a heading; nothing when it is empty.</summary>
    public static IEnumerable<IRenderable> Section(string heading, Table table) =>
        table.Rows.Count == 0 ? [] : [new Text($"\n{heading}", Styles.Heading), table];

    public static IRenderable Stack(IEnumerable<IRenderable> parts) => new Rows(parts);

    public static Text Line(string text) => new(Words.Plain(text) + "\n");

    public static Text Cell(string text) => new(Words.Plain(text), Styles.Of(text));
}
