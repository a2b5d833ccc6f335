using System.Globalization;
using System.Diagnostics;
using FhirOrchestrator.Fhir;

namespace FhirOrchestrator.Settings;

/// <summary>
/// Finds the keys that nothing reads. Every source is looked at by itself, because a misspelt key in a file is a
/// mistake even where the environment spells it well.
/// </summary>
internal static class KeyCheck
{
    public static ImmutableArray<SettingProblem> Find(IConfigurationRoot configuration)
    {
        var problems = ImmutableArray.CreateBuilder<SettingProblem>();
        foreach (var provider in configuration.Providers)
        {
            if (provider is BrokenFile broken)
            {
                problems.Add(broken.Problem);
            }

            CheckSection(provider, null, SettingsSchema.Root, problems);
        }

        return problems.ToImmutable();
    }

    private static void CheckSection(
        IConfigurationProvider provider,
        string? path,
        SettingNode.Section section,
        ImmutableArray<SettingProblem>.Builder problems)
    {
        foreach (var name in ChildrenOf(provider, path))
        {
            var key = path is null ? name : ConfigurationPath.Combine(path, name);
            var node = section.Keys.FirstOrDefault(known => Same(known.Name, name));
            if (node is not null)
            {
                CheckNode(provider, key, node, problems);
            }
            else if (path is not null || SettingsSources.IsOurs(provider))
            {
                problems.Add(Unknown(provider, key, name, section));
            }
        }
    }

    private static void CheckNode(
        IConfigurationProvider provider,
        string key,
        SettingNode node,
        ImmutableArray<SettingProblem>.Builder problems)
    {
        var hasValue = provider.TryGet(key, out var value) && !string.IsNullOrEmpty(value);
        var hasChildren = ChildrenOf(provider, key).Length > 0;
        var isElsewhere = !hasChildren && SettingsSources.IsEnvironment(provider) && !key.Contains(':');
        switch (node)
        {
            case SettingNode.Leaf when hasChildren:
                Add("expected a value, got a section");
                break;
            case SettingNode.Leaf or SettingNode.Foreign:
                break;

            // A single environment variable of that name is some other program's.
            case SettingNode.Section or SettingNode.List or SettingNode.Later when isElsewhere:
                break;
            case SettingNode.Later:
                Add($"expected no section {node.Name}, which comes with a later issue, got one");
                break;
            case SettingNode.Section or SettingNode.List when hasValue:
                Add("expected a section, got a value");
                break;
            case SettingNode.Section section:
                CheckSection(provider, key, section, problems);
                break;
            case SettingNode.List list:
                CheckList(provider, key, list, problems);
                break;
            default:
                throw new UnreachableException();
        }

        void Add(string words) => problems.Add(new SettingProblem(key, words, SettingsSources.NameOf(provider)));
    }

    private static void CheckList(
        IConfigurationProvider provider,
        string path,
        SettingNode.List list,
        ImmutableArray<SettingProblem>.Builder problems)
    {
        foreach (var name in ChildrenOf(provider, path))
        {
            var key = ConfigurationPath.Combine(path, name);
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                problems.Add(new SettingProblem(
                    key, $"expected a number (0, 1, 2, …), got \"{name}\"", SettingsSources.NameOf(provider)));
            }
            else if (provider.TryGet(key, out var value) && !string.IsNullOrEmpty(value))
            {
                problems.Add(new SettingProblem(
                    key, "expected a section, got a value", SettingsSources.NameOf(provider)));
            }
            else
            {
                CheckSection(provider, key, list.Item, problems);
            }
        }
    }

    private static SettingProblem Unknown(
        IConfigurationProvider provider, string key, string name, SettingNode.Section section)
    {
        var names = section.Keys.Where(node => node is not (SettingNode.Later or SettingNode.Foreign))
            .Select(node => node.Name)
            .ToImmutableArray();
        var near = Nearest.Of(name, names);
        var hint = near is null ? "" : $"; did you mean {near}?";
        return new SettingProblem(
            key,
            $"expected one of {string.Join(", ", names)}, got \"{name}\"{hint}",
            SettingsSources.NameOf(provider));
    }

    private static ImmutableArray<string> ChildrenOf(IConfigurationProvider provider, string? path) =>
        [.. provider.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase)];

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
