using System.Text;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Plans;

namespace FhirOrchestrator.Tests.Plans;

/// <summary>The package discharge-follow-up with one thing wrong.</summary>
internal sealed class Broken
{
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    private Broken()
    {
        var folder = Path.Combine(OwnPackages.Root, "subscriptions", "discharge-follow-up");
        foreach (var path in Directory.EnumerateFiles(folder, "*.json"))
        {
            files[Path.GetFileName(path)] = File.ReadAllBytes(path);
        }
    }

    public static Broken Package() => new();

    /// <summary>Replaces a text of a file, once or wherever it is.</summary>
    public Broken With(string file, string old, string text)
    {
        var content = Encoding.UTF8.GetString(files[file]);
        if (!content.Contains(old, StringComparison.Ordinal))
        {
            throw new ArgumentException($"expected {old} in {file}, got none", nameof(old));
        }

        var at = content.IndexOf(old, StringComparison.Ordinal);
        files[file] = Encoding.UTF8.GetBytes(content[..at] + text + content[(at + old.Length)..]);
        return this;
    }

    /// <summary>Sets a member of a step.</summary>
    public Broken WithStep(string step, string member, string json) => WithStep(step, node =>
        node.With(member, JsonText.Read(Encoding.UTF8.GetBytes(json)).Value));

    /// <summary>Sets a member of the root action.</summary>
    public Broken WithRoot(string member, string json) => WithRoot(root =>
        root.With(member, JsonText.Read(Encoding.UTF8.GetBytes(json)).Value));

    /// <summary>Adds an item to a repeating element of the root action.</summary>
    public Broken WithRootItem(string member, string json) => WithRoot(root => Append(root, member, json));

    /// <summary>Adds an item to a repeating element of a step.</summary>
    public Broken WithStepItem(string step, string member, string json) =>
        WithStep(step, node => Append(node, member, json));

    /// <summary>Sets a member of the plan.</summary>
    public Broken WithPlan(string member, string? json)
    {
        var plan = Plan.With(member, json is null ? null : JsonText.Read(Encoding.UTF8.GetBytes(json)).Value);
        files["plan.json"] = JsonText.Write(plan);
        return this;
    }

    public Broken WithFile(string file, string content)
    {
        files[file] = Encoding.UTF8.GetBytes(content);
        return this;
    }

    public Broken Without(string file)
    {
        files.Remove(file);
        return this;
    }

    public CompiledPackage Compile() => PackageCompiler.Compile("broken", files, OwnPackages.Lists);

    /// <summary>The problems as <c>check</c> prints them.</summary>
    public IEnumerable<string> Lines() => Compile().Problems.Select(problem => problem.ToString());

    private ObjectNode Plan => (ObjectNode)JsonText.Read(files["plan.json"]).Value!;

    private static ObjectNode Append(ObjectNode node, string member, string json) => node.With(
        member, new ArrayNode([.. node.Items(member), JsonText.Read(Encoding.UTF8.GetBytes(json)).Value!]));

    private Broken WithRoot(Func<ObjectNode, ObjectNode> change)
    {
        var root = change(Plan.Children("action").First());
        files["plan.json"] = JsonText.Write(Plan.With("action", new ArrayNode([root])));
        return this;
    }

    private Broken WithStep(string step, Func<ObjectNode, ObjectNode> change) => WithRoot(root => root.With(
        "action",
        new ArrayNode([.. root.Children("action").Select(each => each.Text("id") == step ? change(each) : each)])));
}
