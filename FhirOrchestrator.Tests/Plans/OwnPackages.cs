using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Tests.Plans;

/// <summary>The repository's own packages, compiled once.</summary>
internal static class OwnPackages
{
    private static readonly Lazy<LoadedPackages> Loaded =
        new(() => PackageFolder.LoadAll(Path.Combine(Root, "subscriptions")));

    public static LoadedPackages All => Loaded.Value;

    public static WorkflowPackage Discharge => Find("discharge-follow-up");

    public static WorkflowPackage Referral => Find("referral-intake");

    public static CodeLists Lists => CodeLists.Load(Path.Combine(Root, "profiles"), new ProblemList());

    /// <summary>The repository's root: where <c>global.json</c> stands.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName
                ?? throw new InvalidOperationException("expected global.json above the tests, got none");
        }
    }

    private static WorkflowPackage Find(string name) => All.Packages.FirstOrDefault(package => package.Name == name)
        ?? throw new InvalidOperationException($"{name} does not compile:\n{string.Join('\n', All.Problems)}");
}
