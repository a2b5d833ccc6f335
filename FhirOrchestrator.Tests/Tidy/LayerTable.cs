using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// Which station may know which, read from the table in ARCHITECTURE.md: page and test cannot disagree.
/// </summary>
internal sealed partial class LayerTable
{
    private const string Header = "May know";

    private readonly List<string> order = [];
    private readonly Dictionary<string, HashSet<string>> known = [];

    /// <summary>The stations, in the table's order.</summary>
    public IReadOnlyList<string> Stations => order;

    /// <summary>Reads the table; a row that knows a later row, or a word that is no station, throws.</summary>
    public static LayerTable Parse(string markdown)
    {
        var table = new LayerTable();
        foreach (var line in markdown.Split('\n'))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length == 5 && cells[3] != Header && Station().Match(cells[1]) is { Success: true } match)
            {
                table.Add(match.Groups["name"].Value, cells[3]);
            }
        }

        return table;
    }

    /// <summary>
    /// True where a type of the one station may use a type of the other. Unknown stations may nothing.
    /// </summary>
    public bool Allows(string user, string used) =>
        user == used || (known.TryGetValue(user, out var stations) && stations.Contains(used));

    private void Add(string station, string mayKnow)
    {
        // All may log; all below the settings may read them.
        HashSet<string> stations = [.. order.Where(one => one is "Telemetry" or "Settings")];
        foreach (var word in mayKnow.Split(',', StringSplitOptions.TrimEntries))
        {
            if (word is "all above")
            {
                stations.UnionWith(order);
            }
            else if (order.Contains(word))
            {
                stations.Add(word);
            }
            else if (word is not "-")
            {
                throw new FormatException(
                    $"expected a station of an earlier row, got \"{word}\" in the row of {station}");
            }
        }

        known.Add(station, stations);
        order.Add(station);
    }

    [GeneratedRegex("^`(?<name>[A-Z][A-Za-z]+)/`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Station();
}
