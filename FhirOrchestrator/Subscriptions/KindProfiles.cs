using System.Reflection;

namespace FhirOrchestrator.Subscriptions;

/// <summary>The kinds of EHR that this build knows.</summary>
internal sealed class KindProfiles
{
    private const string Prefix = "Kinds/";
    private readonly ImmutableDictionary<string, KindProfile> _kinds;

    private KindProfiles(ImmutableDictionary<string, KindProfile> kinds) => _kinds = kinds;

    /// <summary>The names, sorted: what <c>Ehrs:N:Kind</c> may say.</summary>
    public ImmutableArray<string> Names => [.. _kinds.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The kind of that name. Settings are checked against <see cref="Names"/> before anybody asks.</summary>
    public KindProfile this[string name] => _kinds.TryGetValue(name, out var kind)
        ? kind
        : throw new ArgumentException($"expected one of {string.Join(", ", Names)}, got \"{name}\"", nameof(name));

    /// <summary>Reads the embedded files.</summary>
    /// <exception cref="InvalidDataException">A file is wrong: a mistake of this build, so nothing starts.</exception>
    public static KindProfiles Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames())
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && assembly.GetManifestResourceStream(name) is { } stream)
            {
                using (stream)
                using (var bytes = new MemoryStream())
                {
                    stream.CopyTo(bytes);
                    files.Add(Path.GetFileNameWithoutExtension(name), bytes.ToArray());
                }
            }
        }

        return Of(files);
    }

    /// <summary>The kinds in the files given, by name.</summary>
    /// <exception cref="InvalidDataException">A file is wrong; the message names every problem.</exception>
    public static KindProfiles Of(IReadOnlyDictionary<string, byte[]> files)
    {
        var (kinds, problems) = KindReader.ReadAll(files);
        return kinds is null ? throw new InvalidDataException(string.Join(Environment.NewLine, problems)) : new(kinds);
    }
}
