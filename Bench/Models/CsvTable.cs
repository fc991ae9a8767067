using System.Globalization;

namespace Fleet.Bench.Models;

/// <summary>A table of numbers with a heading, column by column.</summary>
internal static class CsvTable
{
    public static double[][] Load(string path)
    {
        var lines = File.ReadAllLines(path);
        var columns = new double[lines[0].Count(c => c == ',') + 1][];
        for (var c = 0; c < columns.Length; c++) columns[c] = new double[lines.Length - 1];
        for (var row = 1; row < lines.Length; row++)
        {
            var cells = lines[row].Split(',');
            for (var c = 0; c < columns.Length; c++) columns[c][row - 1] = double.Parse(cells[c], CultureInfo.InvariantCulture);
        }
        return columns;
    }
}
