using System.Formats.Tar;
using System.IO.Compression;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>
/// Reads StructureDefinitions, ValueSets, CodeSystems and SearchParameters from a folder of JSON files or from a FHIR
/// package (<c>.tgz</c>, R4: packages.fhir.org, "NPM package"). Nothing is unpacked to disk. Other resources are left
/// out; a file that cannot be read is a problem, never an exception.
/// </summary>
internal static class PackageReader
{
    /// <summary>The most files looked at.</summary>
    public const int FilesMax = 20_000;

    /// <summary>The largest file, in bytes.</summary>
    public const int FileBytesMax = 32 << 20;

    /// <summary>The most that a package may unpack to, in bytes.</summary>
    public const long PackageBytesMax = 512L << 20;

    private static readonly ImmutableHashSet<string> Kept =
        ["StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter"];

    /// <summary>Reads a folder, with everything below it, or a <c>.tgz</c> file.</summary>
    public static ConformanceFiles Read(string path)
    {
        if (Directory.Exists(path))
        {
            return ReadFolder(path);
        }

        if (!File.Exists(path))
        {
            return Failed(path, "expected a folder or a package (.tgz), got neither");
        }

        using var file = File.OpenRead(path);
        return ReadPackage(file, System.IO.Path.GetFileName(path));
    }

    /// <summary>Reads a package: a tar in gzip, of which only <c>package/*.json</c> counts.</summary>
    /// <param name="packed">The bytes of the <c>.tgz</c>.</param>
    /// <param name="name">What to call it in problems.</param>
    public static ConformanceFiles ReadPackage(Stream packed, string name)
    {
        var reading = new Reading();
        try
        {
            using var gzip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
            using var capped = new CappedStream(gzip, PackageBytesMax);
            using var tar = new TarReader(capped);
            while (tar.GetNextEntry() is { } entry)
            {
                if (!reading.Counts(name))
                {
                    break;
                }

                if (IsContent(entry))
                {
                    reading.Add($"{name}:{entry.Name}", entry.DataStream!, entry.Length);
                }
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException)
        {
            reading.Problem(name, $"expected a tar in gzip, got: {broken.Message}");
        }

        return reading.Result();
    }

    private static ConformanceFiles ReadFolder(string folder)
    {
        var reading = new Reading();
        foreach (var path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            if (!reading.Counts(folder))
            {
                break;
            }

            var name = System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/');
            try
            {
                using var file = File.OpenRead(path);
                reading.Add(name, file, file.Length);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                reading.Problem(name, $"expected a file that can be read, got: {unreadable.Message}");
            }
        }

        return reading.Result();
    }

    private static bool IsContent(TarEntry entry) =>
        entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, DataStream: not null }
        && entry.Name.StartsWith("package/", StringComparison.Ordinal)
        && entry.Name.EndsWith(".json", StringComparison.Ordinal)
        && entry.Name.LastIndexOf('/') == "package".Length;

    private static ConformanceFiles Failed(string file, string reason) =>
        new([], [new ConformanceProblem(file, reason)]);

    private sealed class Reading
    {
        private readonly ImmutableArray<ConformanceFile>.Builder _files =
            ImmutableArray.CreateBuilder<ConformanceFile>();

        private readonly ImmutableArray<ConformanceProblem>.Builder _problems =
            ImmutableArray.CreateBuilder<ConformanceProblem>();

        private int _seen;

        public ConformanceFiles Result() => new(_files.ToImmutable(), _problems.ToImmutable());

        public void Problem(string file, string reason) => _problems.Add(new ConformanceProblem(file, reason));

        public bool Counts(string package)
        {
            if (++_seen <= FilesMax)
            {
                return true;
            }

            Problem(package, $"expected at most {FilesMax} files, got more");
            return false;
        }

        public void Add(string name, Stream content, long length)
        {
            if (length > FileBytesMax)
            {
                Problem(name, $"expected at most {FileBytesMax} bytes, got {length}");
                return;
            }

            var bytes = new byte[length];
            content.ReadExactly(bytes);
            var (value, problem) = JsonText.Read(bytes);
            if (value is null)
            {
                Problem(name, $"{problem?.Message} (byte {problem?.Offset})");
            }
            else if (value is ObjectNode resource)
            {
                Add(name, resource);
            }
        }

        private void Add(string name, ObjectNode resource)
        {
            var type = resource.Text("resourceType");
            if (type is null && name.EndsWith("/package.json", StringComparison.Ordinal))
            {
                RequireR4(name, resource);
            }
            else if (type is not null && Kept.Contains(type))
            {
                _files.Add(new ConformanceFile(name, resource));
            }
        }

        private void RequireR4(string name, ObjectNode manifest)
        {
            var versions = manifest.Items("fhirVersions").Concat(manifest.Items("fhir-version-list"))
                .Select(each => each.AsText).OfType<string>().ToImmutableArray();
            if (!versions.IsEmpty && !versions.Any(each => each.StartsWith("4.0", StringComparison.Ordinal)))
            {
                Problem(name, $"expected a package for FHIR 4.0.1, got one for {string.Join(", ", versions)}");
            }
        }
    }
}
