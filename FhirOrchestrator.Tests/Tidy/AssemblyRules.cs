using System.Text.RegularExpressions;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>Rules over the compiled assembly.</summary>
internal static partial class AssemblyRules
{
    private static readonly string[] BannedWords =
    [
        "Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Base", "Impl", "Data",
        "Info", "Processor",
    ];

    private static readonly string[] Awaiters =
    [
        "System.Runtime.CompilerServices.TaskAwaiter", "System.Runtime.CompilerServices.ValueTaskAwaiter",
        "System.Runtime.CompilerServices.ConfiguredTaskAwaitable+ConfiguredTaskAwaiter",
        "System.Runtime.CompilerServices.ConfiguredValueTaskAwaitable+ConfiguredValueTaskAwaiter",
    ];

    private static readonly string[] NotInChains =
    [
        "System.Threading", "System.IO", "System.Net", "System.Diagnostics.Process", "System.Random",
        "System.TimeProvider", "System.DateTime.get_Now", "System.DateTime.get_UtcNow",
        "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.Console", "System.Environment",
        "System.Guid.NewGuid", "Npgsql", "Polly", "Microsoft.",
    ];

    /// <summary>
    /// A station knows only the stations that its row names. Code outside any station is the composition root.
    /// </summary>
    public static IEnumerable<Finding> Layers(IEnumerable<Use> uses, LayerTable table, string root)
    {
        foreach (var use in uses.Where(use => use.IsOurs))
        {
            var user = StationOf(use.UserNamespace, root);
            var used = StationOf(use.UsedNamespace, root);
            if (user is not null && used is not null && !table.Allows(user, used))
            {
                yield return new Finding(
                    "layer", $"{use.UserType} > {use.UsedType}", $"{user} may not know {used} (in {use.UserMember})");
            }
        }
    }

    /// <summary>No type lies in a station that the table does not name.</summary>
    public static IEnumerable<Finding> Stations(IEnumerable<Use> uses, LayerTable table, string root) => uses
        .Select(use => StationOf(use.UserNamespace, root))
        .OfType<string>()
        .Distinct()
        .Where(station => !table.Stations.Contains(station))
        .Select(station => new Finding("station", station, "is no row of the table in ARCHITECTURE.md"));

    /// <summary>Nobody blocks a thread on a task.</summary>
    public static IEnumerable<Finding> Blocking(IEnumerable<Use> uses)
    {
        foreach (var use in uses)
        {
            var isTask = use.UsedType is "System.Threading.Tasks.Task" or "System.Threading.Tasks.ValueTask";
            var isWait = isTask && use.UsedMember is "Wait" or "WaitAll" or "WaitAny" or "get_Result";
            var isHeldAwaiter = Awaiters.Contains(use.UsedType) && use.UsedMember == "GetResult" && !use.IsGenerated
                && use.UserType != "Program";
            if ((isTask && isWait) || isHeldAwaiter)
            {
                yield return new Finding(
                    "blocking", use.Subject, $"blocks on {use.UsedType}.{use.UsedMember}; await it");
            }
        }
    }

    /// <summary>
    /// Outside the composition root nothing leaves the thread it runs on: the simulator owns the schedule.
    /// </summary>
    public static IEnumerable<Finding> Scheduling(IEnumerable<Use> uses, string root)
    {
        foreach (var use in uses.Where(use => StationOf(use.UserNamespace, root) is not null))
        {
            var isBanned = use.UsedType switch
            {
                "System.Threading.Tasks.Task" => use.UsedMember is "Run" or "ConfigureAwait",
                "System.Threading.Tasks.ValueTask" => use.UsedMember is "ConfigureAwait",
                "System.Threading.Tasks.TaskFactory" => use.UsedMember is "StartNew",
                "System.Threading.Tasks.Parallel" or "System.Threading.ThreadPool" => use.UsedMember.Length > 0,
                "System.Threading.Tasks.TaskAsyncEnumerableExtensions" => use.UsedMember is "ConfigureAwait",
                _ => false,
            };
            if (isBanned)
            {
                yield return new Finding(
                    "scheduling", use.Subject, $"{use.UsedType}.{use.UsedMember} belongs to the composition root");
            }
        }
    }

    /// <summary>Only Program.cs talks to the console.</summary>
    public static IEnumerable<Finding> ConsoleUse(IEnumerable<Use> uses) => uses
        .Where(use => use.UsedType == "System.Console" && use.UserType != "Program")
        .Select(use => new Finding(
            "console", use.Subject, $"uses System.Console.{use.UsedMember}; log, or return the text"));

    /// <summary>The chain machine has no clock, chance, input, output or asynchrony.</summary>
    public static IEnumerable<Finding> Purity(IEnumerable<Use> uses, string root) => uses
        .Where(use => !use.IsOurs && StationOf(use.UserNamespace, root) == "Chains")
        .Where(use => use.UsedMember != "get_CurrentManagedThreadId") // of the compiler's own iterators
        .Where(use => NotInChains.Any(banned => Covers(banned, $"{use.UsedType}.{use.UsedMember}")))
        .Select(use => new Finding(
            "purity", use.Subject, $"uses {use.UsedType}.{use.UsedMember}, which no pure code can"));

    /// <summary>Names say a role. "Service" is a filler at the end of a name, and a FHIR word elsewhere.</summary>
    public static IEnumerable<Finding> Names(IEnumerable<string> types)
    {
        foreach (var type in types)
        {
            var words = Word().Matches(type).Select(match => match.Value).ToList();
            var filler = words.Count > 1 && words[^1] == "Service" ? "Service" : null;
            var banned = words.Find(BannedWords.Contains) ?? filler;
            if (banned is not null)
            {
                yield return new Finding("name", type, $"\"{banned}\" says nothing; name the role");
            }
        }
    }

    /// <summary>
    /// The first name below the root namespace; null for the composition root and for generated code.
    /// </summary>
    private static string? StationOf(string space, string root) =>
        space.StartsWith($"{root}.", StringComparison.Ordinal) ? space[(root.Length + 1)..].Split('.')[0] : null;

    /// <summary>A banned namespace, type or member covers whatever is in it.</summary>
    private static bool Covers(string banned, string name) =>
        name.StartsWith(banned, StringComparison.Ordinal)
        && (banned.EndsWith('.') || name.Length == banned.Length || name[banned.Length] is '.' or '+');

    [GeneratedRegex("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
