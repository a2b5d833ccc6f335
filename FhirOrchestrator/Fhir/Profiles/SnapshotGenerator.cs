using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Lays one differential over the snapshot of its base. What the differential walks into is opened on the way: data
/// types, profiles on them, content references, slices.
/// </summary>
internal sealed class SnapshotGenerator
{
    /// <summary>The deepest path walked into, in steps.</summary>
    public const int StepsMax = 40;

    /// <summary>The most elements of one snapshot.</summary>
    public const int ElementsMax = 20_000;

    private static readonly ObjectNode ByUrl = Slicing("value", "url", "open");

    private readonly Func<string, ObjectNode?> _snapshots;
    private readonly ObjectNode _definition;
    private readonly SnapshotNode _root;
    private readonly string _url;
    private readonly ImmutableArray<SnapshotProblem>.Builder _problems =
        ImmutableArray.CreateBuilder<SnapshotProblem>();

    private readonly Dictionary<SnapshotNode, ArrayNode> _typedByShorthand = [];
    private readonly HashSet<SnapshotNode> _slicedHere = [];
    private readonly Dictionary<string, HashSet<string>> _said = new(StringComparer.Ordinal);
    private string _at = "";
    private string _before = "";
    private bool _isInSlice;

    private SnapshotGenerator(ObjectNode definition, SnapshotNode root, Func<string, ObjectNode?> snapshots)
    {
        (_definition, _root, _snapshots) = (definition, root, snapshots);
        _url = definition.Text("url") ?? "";
    }

    /// <summary>The definition with a snapshot.</summary>
    /// <param name="definition">A StructureDefinition with a differential.</param>
    /// <param name="baseSnapshot">The StructureDefinition of its base, with a snapshot.</param>
    /// <param name="snapshots">Finds other StructureDefinitions with their snapshots, by canonical URL.</param>
    public static Snapshot Generate(
        ObjectNode definition, ObjectNode baseSnapshot, Func<string, ObjectNode?> snapshots)
    {
        var root = SnapshotNode.Read(baseSnapshot);
        if (root is null)
        {
            return new(null, [new SnapshotProblem(
                definition.Text("url") ?? "", "",
                $"expected a snapshot in {definition.Text("baseDefinition")}, got one whose elements make no tree")]);
        }

        return new SnapshotGenerator(definition, root, snapshots).Generate();
    }

    private Snapshot Generate()
    {
        var differential = Differential();
        foreach (var (element, steps) in differential)
        {
            _at = element.Text("id") ?? element.Text("path") ?? "";
            Apply(element, steps);
        }

        var elements = _root.Flatten("", "").Take(ElementsMax + 1).Select(each => (Node)each).ToImmutableArray();
        if (elements.Length > ElementsMax)
        {
            Refuse($"expected at most {ElementsMax} elements in a snapshot, got more");
        }

        return new(
            _definition.With("snapshot", Node.Object(("element", new ArrayNode(elements)))), _problems.ToImmutable());
    }

    // The elements of the differential with the way to each; what is said below which element is noted beforehand.
    private List<(ObjectNode Element, ElementSteps Steps)> Differential()
    {
        var all = new List<(ObjectNode, ElementSteps)>();
        ElementSteps? before = null;
        foreach (var element in _definition.Child("differential")?.Children("element") ?? [])
        {
            before = ElementSteps.Of(element, before);
            all.Add((element, before));
            for (var at = 1; at < Math.Min(before.Items.Length, StepsMax + 1); at++)
            {
                var parent = string.Join('.', before.Items[..at]);
                if (!_said.TryGetValue(parent, out var names))
                {
                    _said[parent] = names = new(StringComparer.Ordinal);
                }

                names.Add(before.Items[at].Name);
            }
        }

        return all;
    }

    private void Apply(ObjectNode element, ElementSteps steps)
    {
        if (steps.Items.Length > StepsMax || steps.Items[0].Name != _root.Name)
        {
            Refuse(steps.Items.Length > StepsMax
                ? $"expected a path of at most {StepsMax} steps, got {steps.Items.Length}"
                : $"expected a path that begins with {_root.Name}, got {steps}");
            return;
        }

        var node = _root;
        _isInSlice = false;
        for (var at = 1; at < steps.Items.Length; at++)
        {
            var step = steps.Items[at];
            var isLast = at == steps.Items.Length - 1;
            _before = string.Join('.', steps.Items[..at]);
            if (Step(node, step, isLast ? element : null) is not { } next)
            {
                return;
            }

            _isInSlice |= next.SliceName is not null;
            node = next;
        }

        if (element["type"] is not null && node.Facts.Text("contentReference") is { } reference)
        {
            OpenReference(node, reference);
        }

        node.Facts = WithProfileOfType(
            new ElementMerge(_url, Refuse).Merge(node.Facts, element, _slicedHere.Remove(node)), element);
        if (element["slicing"] is not null || element["type"] is not null)
        {
            _typedByShorthand.Remove(node);
        }
    }

    // What the profile that a differential asks of a type demands of the value as a whole, it demands here.
    private ObjectNode WithProfileOfType(ObjectNode facts, ObjectNode said)
    {
        if (said.Children("type").ToImmutableArray() is not [var type]
            || type.Items("profile") is not [TextNode profile]
            || _snapshots(profile.Value)?.Child("snapshot")?.Children("element").FirstOrDefault() is not { } root)
        {
            return facts;
        }

        var had = facts.Children("constraint").Select(each => each.Text("key")).ToHashSet();
        return facts.With("constraint", Node.Array(facts.Items("constraint").Concat(
            root.Children("constraint").Where(each => !had.Contains(each.Text("key"))))));
    }

    // One step: to a child, and there to a slice. At the last step a slice that is not there yet is made.
    private SnapshotNode? Step(SnapshotNode node, ElementStep step, ObjectNode? last)
    {
        if (node.Children.Count == 0 && !Open(node))
        {
            return null;
        }

        var child = node.Child(step.Name);
        var sliceName = step.SliceName;
        if (child is null)
        {
            child = node.Children.Find(each => CodeOfShorthand(each, step.Name) is not null);
            if (child is null)
            {
                var known = string.Join(", ", node.Children.Select(each => each.Name));
                Refuse($"expected one of {known}, got {step.Name}");
                return null;
            }

            return Shorthand(child, CodeOfShorthand(child, step.Name)!, sliceName ?? step.Name);
        }

        return sliceName is null ? child : Slice(child, sliceName, last);
    }

    private SnapshotNode? Slice(SnapshotNode element, string name, ObjectNode? last)
    {
        if (element.Slice(name) is { } known)
        {
            return known;
        }

        if (last is null)
        {
            Refuse($"expected slice {name} to be defined before what is in it, got none");
            return null;
        }

        if (element.Name is "extension" or "modifierExtension")
        {
            element.Facts = element.Facts["slicing"] is null ? element.Facts.With("slicing", ByUrl) : element.Facts;
        }
        else if (CodeOfShorthand(element, name) is { } code && IsUnsliced(element))
        {
            return Shorthand(element, code, name, isSlice: true);
        }
        else if (element.Facts["slicing"] is null && element.Slices.Count == 0 && element.SliceName is null)
        {
            // Nothing tells slices apart here: the name is given to the element itself.
            element.SliceName = name;
            return element;
        }
        else if (element.Facts["slicing"] is null)
        {
            Refuse($"expected slicing at the element before slice {name}, got none");
        }

        return Add(element, name);
    }

    private bool IsUnsliced(SnapshotNode element) =>
        element.Facts["slicing"] is null || _typedByShorthand.ContainsKey(element);

    // Slice a/b slices slice a anew: it begins as that one is.
    private SnapshotNode Add(SnapshotNode element, string name)
    {
        var parent = name.LastIndexOf('/') is > 0 and var slash ? element.Slice(name[..slash]) : null;
        var made = new SnapshotNode(element.Name, name, (parent ?? element).Facts)
        {
            Children = (parent ?? element).CopyChildren(),
        };
        _slicedHere.Add(made);
        var after = parent is null
            ? -1
            : element.Slices.FindLastIndex(each => each == parent
                || each.SliceName?.StartsWith($"{parent.SliceName}/", StringComparison.Ordinal) == true);
        element.Slices.Insert(after < 0 ? element.Slices.Count : after + 1, made);
        return made;
    }

    // A path such as valueQuantity says that the choice is of that type, and speaks of the value of that type.
    // Inside a slice, and where it is the only such path, the choice itself is narrowed; elsewhere it is sliced.
    private SnapshotNode Shorthand(SnapshotNode choice, string code, string slice, bool isSlice = false)
    {
        if (choice.Slice(slice) is { } known)
        {
            return known;
        }

        var isSlicedByOthers = choice.Facts["slicing"] is not null && !_typedByShorthand.ContainsKey(choice);
        var isOnly = _said[_before].Count(name => CodeOfShorthand(choice, name) is not null) == 1;
        if (_isInSlice && isOnly && !isSlice && !isSlicedByOthers && choice.Slices.Count == 0)
        {
            choice.Facts = choice.Facts.With("type", Types(choice, [code]));
            return choice;
        }

        if (!isSlicedByOthers && _typedByShorthand.TryAdd(choice, new ArrayNode([.. choice.Facts.Items("type")])))
        {
            choice.Facts = choice.Facts.With("slicing", Slicing("type", "$this", "closed"));
        }

        var made = Add(choice, slice);
        made.Facts = made.Facts.With("type", Types(choice, [code]));
        if (!isSlicedByOthers)
        {
            // Several such paths allow several types.
            choice.Facts = choice.Facts.With("type", Types(choice, choice.Slices.SelectMany(each => each.TypeCodes)));
        }

        return made;
    }

    private string? CodeOfShorthand(SnapshotNode choice, string name) => TypeRules.OfShorthand(
        choice, _typedByShorthand.GetValueOrDefault(choice) ?? choice.Facts["type"], name);

    private ArrayNode Types(SnapshotNode choice, IEnumerable<string> codes)
    {
        var all = _typedByShorthand.GetValueOrDefault(choice) ?? choice.Facts["type"];
        return new ArrayNode(
            [.. (all?.AsItems ?? []).OfType<ObjectNode>().Where(type => codes.Contains(type.Text("code")))]);
    }

    // Puts below an element what its type, the profile on its type, or the element that it repeats has.
    private bool Open(SnapshotNode node)
    {
        if (node.Facts.Text("contentReference") is { } reference)
        {
            return OpenReference(node, reference);
        }

        var types = node.Facts.Children("type").ToImmutableArray();
        var codes = types.Select(type => type.Text("code") ?? "").Distinct().ToImmutableArray();
        var url = codes.Length == 1 && types[0].Items("profile") is [TextNode profile] && types.Length == 1
            ? profile.Value
            : CoreUrl(codes.Length == 1 ? codes[0] : "Element");
        var definition = _snapshots(url);
        if (definition is null || SnapshotNode.Read(definition) is not { } tree)
        {
            Refuse($"expected the definition of {url} to walk into, got none");
            return false;
        }

        node.Children.AddRange(tree.CopyChildren());
        return true;
    }

    private bool OpenReference(SnapshotNode node, string reference)
    {
        var path = reference[(reference.IndexOf('#', StringComparison.Ordinal) + 1)..];
        var tree = _snapshots(CoreUrl(path.Split('.')[0])) is { } definition ? SnapshotNode.Read(definition) : null;
        foreach (var name in path.Split('.').Skip(1))
        {
            tree = tree?.Child(name);
        }

        if (tree is null)
        {
            Refuse($"expected the element that {reference} refers to, got none");
            return false;
        }

        node.Facts = node.Facts.With("contentReference", null).With("type", tree.Facts["type"]);
        node.Children.AddRange(tree.CopyChildren());
        return true;
    }

    private static string CoreUrl(string code) =>
        code.Contains('/', StringComparison.Ordinal) ? code : $"http://hl7.org/fhir/StructureDefinition/{code}";

    private void Refuse(string reason) => _problems.Add(new SnapshotProblem(_url, _at, reason));

    private static ObjectNode Slicing(string type, string path, string rules) => Node.Object(
        ("discriminator", Node.Array(Node.Object(("type", type), ("path", path)))), ("ordered", false),
        ("rules", rules));
}
