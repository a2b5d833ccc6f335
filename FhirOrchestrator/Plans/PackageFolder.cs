namespace FhirOrchestrator.Plans;

/// <summary>All packages of the workflows folder that can run, and why the others cannot.</summary>
internal sealed record LoadedPackages(ImmutableArray<WorkflowPackage> Packages, ImmutableArray<PackageProblem> Problems)
{
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
