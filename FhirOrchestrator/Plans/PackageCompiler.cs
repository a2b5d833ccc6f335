using System.Security.Cryptography;
using System.Text;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans;

/// <summary>What compiling a folder gave: a package, or why there is none.</summary>
internal sealed record CompiledPackage(WorkflowPackage? Package, ImmutableArray<PackageProblem> Problems);

/// <summary>
/// Compiles a workflow package from its folder. Every file and every element of it is looked at; whatever is not
/// understood refuses the package, so that nothing half-understood ever runs.
/// </summary>
internal sealed class PackageCompiler
{
    /// <summary>The largest file of a package.</summary>
    public const int FileBytesMax = 4 * 1024 * 1024;

    /// <summary>The most files in a package.</summary>
    public const int FilesMax = 500;

    private readonly string name;
    private readonly CodeLists lists;
    private readonly ProblemList problems = new();
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);

    private readonly ImmutableArray<SubscriptionTemplate>.Builder subscriptions =
        ImmutableArray.CreateBuilder<SubscriptionTemplate>();

    private readonly ImmutableArray<Delivery>.Builder deliveries = ImmutableArray.CreateBuilder<Delivery>();
    private readonly ImmutableArray<Activity>.Builder activities = ImmutableArray.CreateBuilder<Activity>();
    private readonly ImmutableArray<Scenario>.Builder scenarios = ImmutableArray.CreateBuilder<Scenario>();
    private Resource? plan;

    private PackageCompiler(string name, CodeLists lists)
    {
        this.name = name;
        this.lists = lists;
    }

    /// <summary>Compiles the package in a folder; the folder's name is the package's.</summary>
    /// <param name="folder">The package's folder.</param>
    /// <param name="lists">The code lists of <c>profiles/</c>.</param>
    public static CompiledPackage Compile(string folder, CodeLists lists)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var compiler = new PackageCompiler(Path.GetFileName(full), lists);
        compiler.ReadFiles(folder);
        return compiler.CompileFiles();
    }

    /// <summary>Compiles a package from files in memory, by their paths below its folder.</summary>
    public static CompiledPackage Compile(string name, IReadOnlyDictionary<string, byte[]> files, CodeLists lists)
    {
        var compiler = new PackageCompiler(name, lists);
        foreach (var (path, bytes) in files)
        {
            compiler.files[path] = bytes;
        }

        return compiler.CompileFiles();
    }

    private void ReadFiles(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (new FileInfo(path).Length > FileBytesMax)
            {
                problems.Add(At(relative), "", $"expected at most {FileBytesMax} bytes, got more");
            }
            else if (files.Count < FilesMax)
            {
                files[relative] = File.ReadAllBytes(path);
            }
            else
            {
                problems.Add(At(relative), "", $"expected at most {FilesMax} files in a package, got more");
                return;
            }
        }
    }

    private CompiledPackage CompileFiles()
    {
        foreach (var (path, bytes) in files)
        {
            ReadFile(path, bytes);
        }

        if (!files.ContainsKey("plan.json"))
        {
            problems.Add(At("plan.json"), "", "expected a PlanDefinition, got no file");
        }

        var package = plan is null ? null : Build(plan);
        return problems.Count == 0 ? new(package, []) : new(null, problems.ToImmutable());
    }

    private void ReadFile(string path, byte[] bytes)
    {
        switch (PackageFile.KindOf(path))
        {
            case PackageFileKind.Plan:
                plan = ReadResource(path, bytes, "PlanDefinition");
                break;
            case PackageFileKind.Activity when ReadResource(path, bytes, "ActivityDefinition") is { } activity:
                activities.Add(ActivityReader.Read(At(path), activity.Root, problems));
                break;
            case PackageFileKind.Subscription when ReadResource(path, bytes, "Subscription") is { } subscription:
                ReadSubscription(path, subscription);
                break;
            case PackageFileKind.Scenario when ScenarioReader.Read(At(path), bytes, problems) is { } scenario:
                scenarios.Add(scenario);
                break;
            case PackageFileKind.Unknown:
                var refusal = PackageFile.Refusal(path);
                problems.Add(At(path), "", refusal.Reason, refusal.Nearest);
                break;
            default:
                // For people, or a broken file that was reported when it was read.
                break;
        }
    }

    private void ReadSubscription(string path, Resource resource)
    {
        if (SubscriptionReader.Read(At(path), path[..^".json".Length], resource, problems) is var (template, delivery))
        {
            subscriptions.Add(template);
            deliveries.Add(delivery);
        }
    }

    private WorkflowPackage? Build(Resource definition)
    {
        var file = At("plan.json");
        var reader = new PlanReader(file, definition.Root, activities.ToImmutable(), lists, problems);
        if (reader.Read() is not { } read)
        {
            return null;
        }

        new CriteriaCheck(read, file, deliveries.ToImmutable(), problems).Run();
        ScenarioReader.CheckNames(scenarios.ToImmutable(), read, problems);
        if (problems.Count > 0 || read.BusinessKey is null || read.Subject is null)
        {
            return null;
        }

        var version = new PlanVersion(
            definition.Root.Text("url") ?? "", definition.Root.Text("version") ?? "", Hash(read));
        return new WorkflowPackage
        {
            Name = name,
            Title = definition.Root.Text("title") ?? name,
            Definition = new ChainDefinition
            {
                Plan = version,
                Steps = [.. read.Steps.Select(step => step.Definition)],
                Stops = [.. read.Stops.Select(stop => stop.Rule)],
                SuspendWhile = read.SuspendWhile,
            },
            Subscriptions = subscriptions.ToImmutable(),
            Starts = [.. read.Starts.Select(start => start.Rule)],
            BusinessKey = read.BusinessKey,
            Subject = read.Subject,
            Inputs = read.Inputs,
            Watches = [.. read.Watches.Select(watch => watch.Rule)],
            Expressions = read.Expressions,
            Templates = read.Steps.ToImmutableDictionary(step => step.Definition.Name, step => step.Template),
            MayStart = read.WhyNot is null,
            WhyNot = read.WhyNot,
            // The local meaning of codes may change; a running chain goes on with what it meant at its start.
            Files = files.ToImmutableSortedDictionary(StringComparer.Ordinal).SetItem(CodeLists.KeptAs, lists.ToUtf8()),
            Scenarios = scenarios.ToImmutable(),
        };
    }

    private Resource? ReadResource(string path, byte[] bytes, string type)
    {
        var (resource, problem) = Resource.Read(bytes);
        if (resource is null)
        {
            problems.Add(At(path), "", $"{problem?.Message} (byte {problem?.Offset})");
            return null;
        }

        if (resource.Type != type)
        {
            problems.Add(At(path), $"{resource.Type}.resourceType", $"expected {type}, got {resource.Type}", type);
            return null;
        }

        return resource;
    }

    // What runs depends on the bytes of the package, and on the code lists that were put into its expressions.
    private string Hash(PlanReading read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, bytes) in files.Where(file => PackageFile.KindOf(file.Key) != PackageFileKind.Words))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path + "\n"));
            hash.AppendData(SHA256.HashData(bytes));
        }

        foreach (var list in read.Lists)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{list}\n{string.Join('\n', lists.Find(list) ?? [])}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string At(string path) => $"{name}/{path}";
}
