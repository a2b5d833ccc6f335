using FhirOrchestrator.Fhir.Definitions;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path;

namespace FhirOrchestrator.Fhir.Profiles;

/// <summary>
/// Validates against R4 itself, in one walk over the JSON: names, cardinality, one or many, the forms of primitives,
/// bindings, references, extensions and invariants. What profiles add is checked elsewhere.
/// </summary>
internal sealed class ShapeWalk(ValidationRun run)
{
    private const int SlotsOnStackMax = 128;
    private readonly HostTrail _hosts = new();
    private ResourceFrame _frame = ResourceFrame.Of(ObjectNode.Empty, "");

    /// <summary>A resource that stands for itself.</summary>
    public void Resource(ObjectNode root)
    {
        if (TypeOf(root) is not { } shape)
        {
            return;
        }

        _frame = ResourceFrame.Of(root, shape.Definition.Name);
        InResource(root, shape);
        foreach (var url in run.Options.Profiles)
        {
            AssertedProfiles.Asked(run, _frame, url);
        }
    }

    // A resource in another; the shape of its content where its type is known.
    private void Inner(ObjectNode root, bool isContained)
    {
        if (TypeOf(root) is not { } shape || (isContained && run.Options.IsContainedSkipped))
        {
            return;
        }

        var outer = _frame;
        _frame = isContained
            ? outer.Contained(root, shape.Definition.Name)
            : outer.Inner(root, shape.Definition.Name);
        InResource(root, shape);
        _frame = outer;
    }

    private void InResource(ObjectNode root, TypeShape shape)
    {
        _hosts.Down(null, shape.Definition, root);
        Object(root, shape);
        _hosts.Up();
        if (run.IsOver)
        {
            return;
        }

        run.Check(shape.Invariants, _frame.Item);
        if (!run.Options.IsContainedSkipped)
        {
            ContainedCheck.Run(run, _frame);
        }

        AssertedProfiles.OfMeta(run, _frame);
        if (shape.Definition.Name == "Bundle")
        {
            BundleCheck.Run(run, _frame);
        }
    }

    private TypeShape? TypeOf(ObjectNode root)
    {
        var name = root.Text("resourceType");
        if (name is not null && FhirDefinitions.R4.IsResource(name))
        {
            return TypeShape.Of(name);
        }

        run.Error(
            name is null ? "structure" : "not-found",
            $"expected a resourceType that R4 knows, got {(name is null ? "none" : "another")}");
        return null;
    }

    private void Object(ObjectNode node, TypeShape shape)
    {
        if (!run.Spend())
        {
            return;
        }

        if (node.Members.IsEmpty)
        {
            run.Error("structure", "expected an object that is not empty, got {}");
            return;
        }

        Span<byte> seen = shape.Slots.Length <= SlotsOnStackMax
            ? stackalloc byte[SlotsOnStackMax]
            : new byte[shape.Slots.Length];
        foreach (var (name, value) in node.Members)
        {
            if (name is ['_', ..])
            {
                TwinAlone(node, name, shape, value, seen);
            }
            else if (shape.Member(name) is { } member)
            {
                Count(member, seen);
                Member(member, value, node, isTwinOnly: false);
                if (name == "id")
                {
                    ElementId(shape.Definition, value);
                }
            }
            else if (name != "resourceType" || shape.Definition.Kind != TypeKind.Resource)
            {
                Unknown(name, shape);
            }
        }

        foreach (var slot in shape.Required)
        {
            if (seen[slot.Index] == 0)
            {
                run.Error("required", $"expected {slot.Definition.Name}, got none");
            }
        }
    }

    // Ids of elements are unique within their resource (R4, element); those of ElementDefinitions are paths, which
    // snapshot and differential share.
    private void ElementId(TypeDefinition type, Node value)
    {
        if (type.Kind != TypeKind.Resource && type.Name != "ElementDefinition" && value is TextNode { Value: var id }
            && !_frame.ElementIds.Add(id))
        {
            run.Error("invalid", "expected each element id once in a resource, got one twice");
        }
    }

    // Of a choice only one type may be there.
    private void Count(ShapeMember member, Span<byte> seen)
    {
        if (seen[member.Slot.Index]++ == 1)
        {
            run.Error("structure", $"expected one {member.Slot.Definition.Name}[x], got values of several types");
        }
    }

    private void Unknown(string name, TypeShape shape) =>
        run.Error("structure", $"expected an element of {shape.Definition.Name}, got '{Shortened(name)}'");

    private static string Shortened(string name) => name.Length <= 64 ? name : name[..64] + "…";

    // A name with an underscore: looked at here where the value itself is absent, otherwise together with it.
    private void TwinAlone(ObjectNode node, string name, TypeShape shape, Node value, Span<byte> seen)
    {
        var member = shape.Member(name[1..]);
        if (member is null)
        {
            Unknown(name, shape);
        }
        else if (member.Content is not { Definition.IsPrimitive: true })
        {
            run.ErrorAt(
                member.Slot.Definition.Name, -1, "structure",
                "expected no name with an underscore, for the element is no primitive, got one");
        }
        else if (node[member.JsonName] is null)
        {
            Count(member, seen);
            Member(member, value, node, isTwinOnly: true);
        }
    }

    private void Member(ShapeMember member, Node value, ObjectNode node, bool isTwinOnly)
    {
        if (member.Content is not { } content)
        {
            return;
        }

        var element = member.Slot.Definition;
        if (!element.IsList)
        {
            One(member, content, value, node, isTwinOnly);
            return;
        }

        if (value is not ArrayNode { Items: var items })
        {
            run.ErrorAt(element.Name, -1, "structure", $"expected an array, got {JsonKind.Of(value)}");
            return;
        }

        if (items.IsEmpty)
        {
            run.ErrorAt(element.Name, -1, "structure", "expected an array that is not empty, got []");
        }
        else if (element.Max is { } max && items.Length > max)
        {
            run.ErrorAt(element.Name, -1, "structure", $"expected at most {max}, got {items.Length}");
        }

        if (content.Definition.IsPrimitive)
        {
            Primitives(member, content, items, node, isTwinOnly);
            return;
        }

        for (var at = 0; at < items.Length && !run.IsOver; at++)
        {
            run.Trail.Down(element.Name, at, member.Choice);
            Complex(member, content, items[at]);
            run.Trail.Up();
        }
    }

    private void One(ShapeMember member, TypeShape content, Node value, ObjectNode node, bool isTwinOnly)
    {
        run.Trail.Down(member.Slot.Definition.Name, -1, member.Choice);
        if (member.Slot.Definition.Max == 0)
        {
            run.Error("structure", "expected no such element, got one");
        }
        else if (value is ArrayNode)
        {
            run.Error("structure", "expected one value, got an array");
        }
        else if (!content.Definition.IsPrimitive)
        {
            Complex(member, content, value);
        }
        else if (value is NullNode)
        {
            run.Error("structure", "expected a value, got null");
        }
        else
        {
            Primitive(member, content, isTwinOnly ? null : value, isTwinOnly ? value : node["_" + member.JsonName]);
        }

        run.Trail.Up();
    }

    // Values and twins stand in two arrays, where null keeps a place (R4, json, "Primitive elements").
    private void Primitives(
        ShapeMember member, TypeShape content, ImmutableArray<Node> items, ObjectNode node, bool isTwinOnly)
    {
        var name = member.Slot.Definition.Name;
        var twin = isTwinOnly ? null : node["_" + member.JsonName];
        var twins = (twin as ArrayNode)?.Items ?? [];
        if (twin is not (null or ArrayNode))
        {
            run.ErrorAt(
                name, -1, "structure",
                $"expected an array of the same name with underscore, got {JsonKind.Of(twin)}");
        }
        else if (twins.Length > items.Length)
        {
            run.ErrorAt(
                name, -1, "structure",
                $"expected as many extensions as values, {items.Length}, got {twins.Length}");
        }

        for (var at = 0; at < items.Length && !run.IsOver; at++)
        {
            run.Trail.Down(name, at, member.Choice);
            var itsTwin = isTwinOnly ? items[at] : at < twins.Length ? twins[at] : null;
            itsTwin = itsTwin is NullNode ? null : itsTwin;
            var value = isTwinOnly || items[at] is NullNode ? null : items[at];
            if (value is not null || itsTwin is not null)
            {
                Primitive(member, content, value, itsTwin);
            }
            else if (!isTwinOnly)
            {
                run.Error("structure", "expected a value or extensions, got null");
            }

            run.Trail.Up();
        }
    }

    private void Primitive(ShapeMember member, TypeShape content, Node? value, Node? twin)
    {
        if (!run.Spend())
        {
            return;
        }

        if (value is not null && !PrimitiveCheck.Run(run, content, member.Slot.Binding, value))
        {
            return;
        }

        if (twin is not null)
        {
            _hosts.Down(member.Slot.Definition, content.Definition, twin);
            TwinOf(twin, isAlone: value is null);
            _hosts.Up();
        }

        if (!member.Slot.Invariants.IsEmpty)
        {
            run.Check(
                member.Slot.Invariants,
                new ElementItem(
                    value, twin as ObjectNode, content.Definition, content.Definition.Name, _frame.Item, null,
                    member.Slot.Definition));
        }
    }

    private void TwinOf(Node twin, bool isAlone)
    {
        if (twin is not ObjectNode node)
        {
            run.Error("structure", $"expected an object with id or extension, got {JsonKind.Of(twin)}");
            return;
        }

        Object(node, TypeShape.Element);
        if (isAlone && !node.Members.IsEmpty && node["extension"] is null)
        {
            run.Error("structure", "expected a value or extensions (ele-1), got none");
        }
    }

    private void Complex(ShapeMember member, TypeShape content, Node value)
    {
        if (value is not ObjectNode node)
        {
            run.Error("structure", $"expected an object, got {JsonKind.Of(value)}");
            return;
        }

        if (content.Trait == TypeTrait.Resource)
        {
            Inner(node, isContained: member.Slot.Definition.Name == "contained");
            return;
        }

        _hosts.Down(member.Slot.Definition, content.Definition, node);
        Object(node, content);
        _hosts.Up();
        if (run.IsOver)
        {
            return;
        }

        if (node.Members.Length == 1 && node.Members[0].Name == "id")
        {
            run.Error("structure", "expected a value or children (ele-1), got an id only");
        }

        if (content.Trait == TypeTrait.Reference)
        {
            ReferenceCheck.Run(run, _frame, node, member.Type);
        }
        else if (content.Trait == TypeTrait.Extension)
        {
            ExtensionCheck.Run(
                run, Place.Of(node, member, content, _frame),
                isModifier: member.Slot.Definition.Name == "modifierExtension", _hosts.Here(_frame));
        }
        else if (member.Slot.Binding is { } binding)
        {
            BindingCheck.Complex(run, binding, content.Definition, node);
        }

        if (!content.Invariants.IsEmpty || !member.Slot.Invariants.IsEmpty)
        {
            var item = new ElementItem(
                node, null, content.Definition, content.Definition.Name, _frame.Item, null, member.Slot.Definition);
            run.Check(content.Invariants, item);
            run.Check(member.Slot.Invariants, item);
        }
    }
}
