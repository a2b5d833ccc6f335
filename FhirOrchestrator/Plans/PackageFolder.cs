namespace FhirOrchestrator.Plans;

/// <summary>All packages of the workflows folder that can run, and why the others cannot.</summary>
internal sealed record LoadedPackages(ImmutableArray<WorkflowPackage> Packages, ImmutableArray<PackageProblem> Problems)
{
    /// <summary>The names of the packages that have problems.</summary>
    public ImmutableHashSet<string> Broken => [.. Problems.Select(problem => problem.File.Split('/')[0])];

    /// <summary>One line for each problem and for each package that is well but may not start anything.</summary>
    public IEnumerable<string> Lines() =>
    [
        .. Problems.Select(problem => problem.ToString()),
        .. Packages.Where(package => !package.MayStart)
            .Select(package => $"{package.Name}: starts nothing: {package.WhyNot}"),
    ];
}

/// <summary>Loads the workflows folder: a package a folder, <c>subscriptions/{workflow}/</c>.</summary>
internal static class PackageFolder
{
    /// <summary>Loads every package; a broken one never keeps the others from running.</summary>
    /// <param name="folder">The setting <c>Workflows:Folder</c>.</param>
    /// <param name="profiles">
    /// The folder of code lists and local maps; default: <c>profiles</c> beside the folder.
    /// </param>
    public static LoadedPackages LoadAll(string folder, string? profiles = null)
    {
        var problems = new ProblemList();
        if (!Directory.Exists(folder))
        {
            problems.Add(folder, "", "expected the folder of workflow packages, got none");
            return new([], problems.ToImmutable());
        }

        var lists = CodeLists.Load(profiles ?? Path.GetFullPath(Path.Combine(folder, "..", "profiles")), problems);
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) is not "README.md"))
        {
            problems.Add(Path.GetFileName(file), "", "expected a folder for each workflow, got a file beside them");
        }

        var found = ImmutableArray.CreateBuilder<WorkflowPackage>();
        var all = problems.ToImmutable().ToBuilder();
        foreach (var each in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            var (package, wrong) = PackageCompiler.Compile(each, lists);
            all.AddRange(wrong);
            if (package is not null)
            {
                found.Add(package);
            }
        }

        return RefuseTwins(found.ToImmutable(), all);
    }

    /// <summary>
    /// Compiles a version that was stored earlier, with the code lists of its time; null where it does not give the
    /// same content any more, because the compiler has changed.
    /// </summary>
    public static WorkflowPackage? Compile(
        string name, ImmutableSortedDictionary<string, byte[]> files, string contentHash, string folder)
    {
        var lists = files.TryGetValue(CodeLists.KeptAs, out var kept)
            ? CodeLists.FromUtf8(kept)
            : CodeLists.Load(ProfilesBeside(folder), new ProblemList());
        var package = PackageCompiler.Compile(name, files.Remove(CodeLists.KeptAs), lists).Package;
        return package?.Definition.Plan.ContentHash == contentHash ? package : null;
    }

    private static string ProfilesBeside(string folder) => Path.Combine(
        Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(folder))) ?? "/", "profiles");

    // Two packages with one plan URL would start each other's chains: neither runs.
    private static LoadedPackages RefuseTwins(
        ImmutableArray<WorkflowPackage> found, ImmutableArray<PackageProblem>.Builder problems)
    {
        var twins = found.GroupBy(package => package.Definition.Plan.Url, StringComparer.Ordinal)
            .Where(group => group.Count() > 1).SelectMany(group => group).ToImmutableArray();
        foreach (var twin in twins)
        {
            problems.Add(new PackageProblem(
                $"{twin.Name}/plan.json", "PlanDefinition.url",
                $"expected a url that no other package has, got '{twin.Definition.Plan.Url}'"));
        }

        return new(found.RemoveAll(twins.Contains), problems.ToImmutable());
    }
}
