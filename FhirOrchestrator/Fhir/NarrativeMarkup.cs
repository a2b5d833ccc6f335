using System.Collections.Frozen;
using System.Xml;

namespace FhirOrchestrator.Fhir;

/// <summary>
/// The markup of a narrative: well-formed XHTML of the formatting elements only, with content (R4, narrative; txt-1,
/// txt-2). Scripts, forms, frames and event attributes would run in whoever shows it.
/// </summary>
internal static class NarrativeMarkup
{
    /// <summary>How many faults are named; nothing is read behind the last.</summary>
    public const int FaultsMax = 1_000;


    private const string Namespace = "http://www.w3.org/1999/xhtml";
    private const int DepthMax = 256;

    private static readonly FrozenSet<string> Elements = Words(
        """
        a abbr acronym address b big blockquote bdo br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5
        h6 hr i img kbd li map area ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var
        """);

    private static readonly FrozenSet<string> Attributes = Words(
        """
        title style class id idref lang xml:lang xml:space dir accesskey tabindex span width align valign char charoff
        abbr axis headers scope rowspan colspan
        """);

    private static readonly FrozenSet<string> ElementAttributes = Words(
        """
        a.href a.name a.charset a.type a.hreflang a.rel a.rev a.shape a.coords area.shape area.coords area.href
        area.nohref area.alt blockquote.cite q.cite img.src img.alt img.longdesc img.height img.width img.usemap
        img.ismap img.border map.name table.summary table.border table.frame table.rules table.cellspacing
        table.cellpadding td.nowrap th.nowrap pre.space td.height th.height ol.start ol.type ul.type li.value li.type
        """);

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        ConformanceLevel = ConformanceLevel.Document,
        CheckCharacters = true,
        CloseInput = true,
    };

    /// <summary>What is wrong with the text of a <c>div</c>; empty where nothing is.</summary>
    public static ImmutableArray<MarkupFault> Faults(string markup)
    {
        var found = ImmutableArray.CreateBuilder<MarkupFault>(0);
        try
        {
            using var text = new StringReader(markup);
            using var reader = XmlReader.Create(text, Settings);
            Read(found, reader);
        }
        catch (XmlException)
        {
            Add(found, "invalid", "expected well-formed XHTML, got something else");
        }

        return found.DrainToImmutable();
    }

    private static void Add(ImmutableArray<MarkupFault>.Builder found, string code, string text) =>
        found.Add(new MarkupFault(code, text, IsTolerated: false));

    private static void Read(ImmutableArray<MarkupFault>.Builder found, XmlReader reader)
    {
        reader.MoveToContent();
        if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "div" || reader.NamespaceURI != Namespace)
        {
            Add(found, "invalid", "expected a div in the namespace of XHTML, got another root");
            return;
        }

        var hasContent = false;
        var hasSpace = false;
        do
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    hasContent |= reader.LocalName == "img";
                    if (reader.Depth > DepthMax)
                    {
                        Add(found, "too-costly", $"expected at most {DepthMax} levels of markup, got more");
                        return;
                    }

                    Element(found, reader);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA:
                    hasContent |= !string.IsNullOrWhiteSpace(reader.Value);
                    hasSpace = true;
                    break;
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    hasSpace = true;
                    break;
                case XmlNodeType.ProcessingInstruction or XmlNodeType.DocumentType:
                    Add(found, "invariant", "expected txt-1: formatting elements only, got a processing instruction");
                    break;
                default:
                    break;
            }
        }
        while (found.Count < FaultsMax && reader.Read());

        if (!hasContent)
        {
            found.Add(new MarkupFault(
                "invariant", "expected txt-2: some content that is not white space, got none", IsTolerated: hasSpace));
        }
    }

    private static void Element(ImmutableArray<MarkupFault>.Builder found, XmlReader reader)
    {
        var element = reader.LocalName;
        if (reader.NamespaceURI != Namespace || reader.Prefix.Length > 0 || !Elements.Contains(element))
        {
            Add(found, "invariant", $"expected txt-1: formatting elements only, got <{Shortened(reader.Name)}>");
        }

        while (reader.MoveToNextAttribute())
        {
            var name = reader.Name;
            if (name == "xmlns" || name.StartsWith("xmlns:", StringComparison.Ordinal))
            {
                continue;
            }

            if (!Attributes.Contains(name) && !ElementAttributes.Contains($"{element}.{name}"))
            {
                Add(
                    found, "invariant",
                    $"expected txt-1: formatting attributes only, got {Shortened(name)} of <{Shortened(element)}>");
            }
            else if (name is "href" or "src" && IsScript(reader.Value))
            {
                Add(found, "invariant", "expected txt-1: no script in a link, got one");
            }
        }

        reader.MoveToElement();
    }

    private static bool IsScript(string link)
    {
        var scheme = link.AsSpan().TrimStart();
        return scheme.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase)
            || scheme.StartsWith("vbscript:", StringComparison.OrdinalIgnoreCase);
    }

    private static string Shortened(string name) => name.Length <= 40 ? name : name[..40] + "…";

    private static FrozenSet<string> Words(string text) =>
        text.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>What is wrong with the markup of a narrative.</summary>
/// <param name="Code">The kind of fault (R4, issue-type).</param>
/// <param name="Text">The fault in words, without what the narrative says.</param>
/// <param name="IsTolerated">
/// True of white space in the place of content: R4 publishes examples of its own with no more.
/// </param>
internal sealed record MarkupFault(string Code, string Text, bool IsTolerated);
