using FhirOrchestrator.Fhir.Definitions.Terms;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Definitions.Packages;

/// <summary>
/// The conformance resources in force: those of FHIR 4.0.1, and on top of them those of packages. Immutable; a set is
/// made once and read by many.
/// </summary>
internal sealed class ConformanceSet
{
    private static readonly ImmutableArray<string> Required = ["kind", "type", "baseDefinition"];

    private readonly VersionedShelf<ObjectNode> _structures = new();
    private readonly VersionedShelf<CodeSystemDefinition> _systems = new();
    private readonly VersionedShelf<ValueSetDefinition> _sets = new();
    private readonly ImmutableArray<SearchParameterDefinition>.Builder _parameters =
        ImmutableArray.CreateBuilder<SearchParameterDefinition>();

    private readonly ImmutableArray<ConformanceProblem>.Builder _problems =
        ImmutableArray.CreateBuilder<ConformanceProblem>();

    private ConformanceSet(IEnumerable<ConformanceFile> files, IEnumerable<ConformanceProblem> problems)
    {
        _problems.AddRange(problems);
        foreach (var file in files)
        {
            Add(file);
        }

        SearchParameters = _parameters.ToImmutable();
        Problems = _problems.ToImmutable();
        Terminology = new Terminology(
            canonical => _systems.Find(canonical) ?? Terminology.R4.CodeSystem(canonical),
            canonical => _sets.Find(canonical) ?? Terminology.R4.ValueSet(canonical));
    }

    /// <summary>FHIR 4.0.1 alone.</summary>
    public static ConformanceSet R4 { get; } = new([], []);

    /// <summary>Code systems and value sets: the packages' and those of R4.</summary>
    public Terminology Terminology { get; }

    /// <summary>The packages' search parameters; those of R4 are not among them.</summary>
    public ImmutableArray<SearchParameterDefinition> SearchParameters { get; }

    /// <summary>What of the packages could not be used, and why.</summary>
    public ImmutableArray<ConformanceProblem> Problems { get; }

    /// <summary>The packages' StructureDefinitions as they were read; those of R4 are not among them.</summary>
    public IEnumerable<ObjectNode> StructureDefinitions => _structures.All;

    /// <summary>The set of R4 and packages, each a folder or a <c>.tgz</c> (<see cref="PackageReader"/>).</summary>
    public static ConformanceSet Load(params IEnumerable<string> paths) =>
        Of([.. paths.Select(PackageReader.Read)]);

    /// <summary>The set of R4, a folder, and every package (<c>.tgz</c>) that lies in it or below.</summary>
    public static ConformanceSet LoadFolder(string folder)
    {
        var packages = Directory.EnumerateFiles(folder, "*.tgz", SearchOption.AllDirectories);
        return Load([folder, .. packages.Order(StringComparer.Ordinal)]);
    }

    /// <summary>The set of R4 and packages that were read.</summary>
    public static ConformanceSet Of(params ImmutableArray<ConformanceFiles> packages) => new(
        packages.SelectMany(each => each.Files), packages.SelectMany(each => each.Problems));

    /// <summary>
    /// A StructureDefinition by its canonical URL, as it was read: a package's may have a differential only. Null where
    /// there is none.
    /// </summary>
    public ObjectNode? StructureDefinition(string canonical) =>
        _structures.Find(canonical) ?? StandardProfiles.R4.Find(canonical);

    private void Add(ConformanceFile file)
    {
        var resource = file.Resource;
        if (resource.Text("url") is not { Length: > 0 } url)
        {
            Refuse(file, "expected url, got none");
            return;
        }

        var version = resource.Text("version");
        switch (resource.Text("resourceType"))
        {
            case "StructureDefinition":
                AddStructure(file, url, version);
                break;
            case "CodeSystem" when CodeSystemDefinition.Read(resource) is { } system:
                _systems.Add(url, version, system, (_, _) => Twice(file, url, version, system));
                break;
            case "ValueSet" when ValueSetDefinition.Read(resource) is { } set:
                // A house adds its codes to a list in a file of its own: files of one list add up.
                _sets.Add(url, version, set, (one, more) => one with
                {
                    Includes = one.Includes.AddRange(more.Includes),
                    Excludes = one.Excludes.AddRange(more.Excludes),
                });
                break;
            case "SearchParameter":
                AddParameter(file);
                break;
        }
    }

    private void AddStructure(ConformanceFile file, string url, string? version)
    {
        var resource = file.Resource;
        if (resource.Text("kind") == "logical")
        {
            return;
        }

        var missing = Required.FirstOrDefault(name => resource.Text(name) is null);
        if (missing is not null)
        {
            Refuse(file, $"expected {missing}, got none at StructureDefinition.{missing}");
        }
        else if (resource.Text("derivation") is not "constraint")
        {
            Refuse(file, "expected a profile (derivation constraint), got "
                + $"{resource.Text("derivation") ?? "none"} at StructureDefinition.derivation");
        }
        else if (resource["differential"] is null && resource["snapshot"] is null)
        {
            Refuse(file, "expected a differential or a snapshot, got neither");
        }
        else
        {
            _structures.Add(url, version, resource, (_, _) => Twice(file, url, version, resource));
        }
    }

    private void AddParameter(ConformanceFile file)
    {
        if (PackageSearchParameter.Read(file.Resource) is { } parameter)
        {
            _parameters.Add(parameter);
        }
        else
        {
            Refuse(file, "expected code, type and base, got not all of them");
        }
    }

    private T Twice<T>(ConformanceFile file, string url, string? version, T thing)
    {
        Refuse(file, $"expected one definition of {new Canonical(url, version)}, got another in an earlier file");
        return thing;
    }

    private void Refuse(ConformanceFile file, string reason) =>
        _problems.Add(new ConformanceProblem(file.Name, reason));
}
