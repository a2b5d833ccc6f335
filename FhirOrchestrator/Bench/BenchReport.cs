using System.Globalization;
using System.Text;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Bench;

/// <summary>The figures of a bench, for people or for programs.</summary>
internal static class BenchReport
{
    /// <summary>
    /// One JSON object: each figure under its key, and <c>…_bytes</c> for what an operation allocates.
    /// </summary>
    public static string Json(ImmutableArray<Figure> figures)
    {
        var members = new List<(string Name, Node? Value)>();
        foreach (var figure in figures)
        {
            members.Add((figure.Key, Number(figure.Value)));
            if (figure.Bytes is { } bytes)
            {
                members.Add(($"{Operation(figure.Key)}_bytes", Number(Math.Round(bytes))));
            }
        }

        return JsonText.WriteString(Node.Object([.. members]), indented: true);
    }

    /// <summary>A table, with what is aimed at and whether it is reached.</summary>
    public static string Table(ImmutableArray<Figure> figures)
    {
        var width = figures.Max(each => each.Key.Length);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{"figure".PadRight(width)}  {"value",14}  {"target",14}  {"bytes each",10}  what");
        foreach (var figure in figures)
        {
            var sign = figure.IsSmallerBetter ? "<=" : ">=";
            var target = figure.Target is { } aim ? $"{sign} {Shown(aim)}" : "";
            var bytes = figure.Bytes is { } each ? each.ToString("N0", CultureInfo.InvariantCulture) : "";
            var what = figure.IsMet ? figure.What : $"{figure.What}  MISSED";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{figure.Key.PadRight(width)}  {Shown(figure.Value),14}  {target,14}  {bytes,10}  {what}");
        }

        return text.ToString().TrimEnd();
    }

    private static string Operation(string key) =>
        key.EndsWith("_per_second", StringComparison.Ordinal) ? key[..^"_per_second".Length]
        : key.EndsWith("_ms", StringComparison.Ordinal) ? key[..^"_ms".Length]
        : key;

    private static NumberNode Number(double value) => new(value.ToString(
        Math.Abs(value) >= 100 ? "F0" : "0.###", CultureInfo.InvariantCulture));

    private static string Shown(double value) =>
        value.ToString(Math.Abs(value) >= 100 ? "N0" : "0.###", CultureInfo.InvariantCulture);
}
