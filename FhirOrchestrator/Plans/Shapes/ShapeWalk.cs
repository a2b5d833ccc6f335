using System.Diagnostics;
using System.Globalization;
using FhirOrchestrator.Fhir;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Plans.Shapes;

/// <summary>Walks every element of a file against a shape and reports whatever the shape does not know.</summary>
internal sealed class ShapeWalk(string file, ProblemList problems)
{
    /// <summary>Walks an object.</summary>
    public void Walk(ObjectNode node, Shape shape, string path)
    {
        foreach (var (name, value) in node.Members)
        {
            WalkMember(name, value, shape, path);
        }

        foreach (var (name, slot) in shape.Slots)
        {
            if (slot.IsRequired && node[name] is null)
            {
                problems.Add(file, path, $"expected {name}, got none");
            }
        }

        WalkExtensions(node, "extension", shape.Extensions, path);
        WalkExtensions(node, "modifierExtension", shape.Modifiers, path);
    }

    private void WalkMember(string name, Node value, Shape shape, string path)
    {
        var here = $"{path}.{name}";
        if (name is "extension" or "modifierExtension")
        {
            return;
        }

        if (shape.Slots.TryGetValue(name, out var slot))
        {
            WalkSlot(value, slot, here);
        }
        else if (name == "id")
        {
            WalkSlot(value, new Slot(SlotKind.Text), here);
        }
        else if (shape.Refused.TryGetValue(name, out var refusal))
        {
            problems.Add(file, here, refusal.Reason, refusal.Nearest);
        }
        else
        {
            problems.Add(
                file, here, $"expected an element that is understood in {shape.Name}, got '{name}'",
                Nearest.Of(name, shape.Slots.Keys));
        }
    }

    private void WalkSlot(Node value, Slot slot, string path)
    {
        if (slot.Kind == SlotKind.Anything)
        {
            return;
        }

        if (!slot.IsMany)
        {
            WalkValue(value, slot, path);
        }
        else if (value is not ArrayNode array)
        {
            problems.Add(file, path, $"expected an array, got {Form(value)}");
        }
        else if (array.Items.IsEmpty)
        {
            problems.Add(file, path, "expected at least one item, got an empty array");
        }
        else
        {
            for (var at = 0; at < array.Items.Length; at++)
            {
                WalkValue(array.Items[at], slot, At(path, at));
            }
        }
    }

    private void WalkValue(Node value, Slot slot, string path)
    {
        var fits = (slot.Kind, value) switch
        {
            (SlotKind.Text, TextNode) => true,
            (SlotKind.Boolean, BooleanNode) => true,
            (SlotKind.Decimal, NumberNode) => true,
            (SlotKind.Integer, NumberNode number) =>
                int.TryParse(number.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            (SlotKind.Object, ObjectNode) => true,
            _ => false,
        };
        if (!fits)
        {
            problems.Add(file, path, $"expected {Form(slot.Kind)}, got {Form(value)}");
        }
        else if (value is ObjectNode inner)
        {
            Walk(inner, slot.Shape?.Invoke() ?? throw new UnreachableException("an object slot has a shape"), path);
        }
        else if (value is TextNode text)
        {
            WalkText(text.Value, slot, path);
        }
    }

    private void WalkText(string text, Slot slot, string path)
    {
        if (text.Length == 0)
        {
            problems.Add(file, path, "expected text, got an empty string");
        }
        else if (slot.RefusedValues.TryGetValue(text, out var refusal))
        {
            problems.Add(file, path, refusal.Reason, refusal.Nearest);
        }
        else if (!slot.Values.IsEmpty && !slot.Values.Contains(text))
        {
            problems.Add(
                file, path, $"expected {string.Join(" | ", slot.Values)}, got '{text}'",
                Nearest.Of(text, slot.Values));
        }
    }

    private void WalkExtensions(ObjectNode node, string member, ImmutableArray<ExtensionShape> known, string path)
    {
        var items = node[member] is null ? [] : node.Items(member);
        if (node[member] is { } given and not ArrayNode)
        {
            problems.Add(file, $"{path}.{member}", $"expected an array, got {Form(given)}");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < items.Length; at++)
        {
            var here = At($"{path}.{member}", at);
            if (items[at] is ObjectNode extension)
            {
                WalkExtension(extension, member, known, seen, here);
            }
            else
            {
                problems.Add(file, here, $"expected an object, got {Form(items[at])}");
            }
        }

        foreach (var each in known)
        {
            if (each.IsRequired && !seen.Contains(each.Url))
            {
                problems.Add(file, path, $"expected the {member} {each.Url}, got none");
            }
        }
    }

    private void WalkExtension(
        ObjectNode extension, string member, ImmutableArray<ExtensionShape> known, HashSet<string> seen, string path)
    {
        var url = extension.Text("url") ?? "";
        var shape = known.FirstOrDefault(each => each.Url == url);
        if (shape is null)
        {
            var nearest = Nearest.Of(url, known.Select(each => each.Url));
            problems.Add(file, path, $"expected a {member} that is understood here, got '{url}'", nearest);
            return;
        }

        if (!seen.Add(url) && !shape.IsMany)
        {
            problems.Add(file, path, $"expected {url} once, got it again");
        }

        var inner = new Shape($"the extension {url}")
        {
            Slots = shape.Values.Add("url", new Slot(SlotKind.Text).Required),
            Extensions = shape.Parts,
        };
        Walk(extension, inner, path);
        var values = shape.Values.Keys.Count(name => extension[name] is not null);
        if (!shape.Values.IsEmpty && values != 1)
        {
            var choice = string.Join(" | ", shape.Values.Keys.Order(StringComparer.Ordinal));
            problems.Add(file, path, $"expected one of {choice}, got {values}");
        }
    }

    private static string At(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static string Form(SlotKind kind) => kind switch
    {
        SlotKind.Text => "a string",
        SlotKind.Boolean => "true or false",
        SlotKind.Integer => "a whole number",
        SlotKind.Decimal => "a number",
        SlotKind.Object => "an object",
        SlotKind.Anything => "anything",
    };

    private static string Form(Node node) => node switch
    {
        TextNode => "a string",
        NumberNode => "a number",
        BooleanNode => "a boolean",
        ObjectNode => "an object",
        ArrayNode => "an array",
        _ => "null",
    };
}
