namespace FhirOrchestrator.Tests.Fhir.Profiles;

/// <summary>Slicing by every kind of discriminator (R4, profiling, "Slicing").</summary>
internal sealed class SlicingTests
{
    private const string Code = """{"text":"x"}""";

    [TestCase("a", "")]
    [TestCase("b", "Observation")]
    [TestCase("a a", "Observation.component")]
    public void Value_FixedCodeBelow_TellsTheSlice(string codes, string at) => Check(
        Sliced("value", "code.text", "open", """
            {"path":"Observation.component","sliceName":"a","min":1,"max":"1"},
            {"path":"Observation.component.code.text","fixedString":"a"}
            """),
        Components([.. codes.Split(' ').Select(code => Coded(code))]), at);

    [TestCase("""{"coding":[{"system":"http://s","code":"a"},{"code":"more"}]}""", "")]
    [TestCase("""{"coding":[{"system":"http://s","code":"b"}]}""", "Observation.component[0]")]
    public void Pattern_OfAConceptClosed_RefusesWhatIsNoSlice(string code, string at) => Check(
        Sliced("pattern", "code", "closed", """
            {"path":"Observation.component","sliceName":"a"},
            {"path":"Observation.component.code",
             "patternCodeableConcept":{"coding":[{"system":"http://s","code":"a"}]}}
            """),
        Components($$"""{"code":{{code}}}"""), at);

    [TestCase(""","dataAbsentReason":{"text":"x"}""", "")]
    [TestCase("", "Observation")]
    public void Exists_OfAnElement_TellsTheSlice(string more, string at) => Check(
        Sliced("exists", "dataAbsentReason", "open", """
            {"path":"Observation.component","sliceName":"absent","min":1},
            {"path":"Observation.component.dataAbsentReason","min":1},
            {"path":"Observation.component","sliceName":"there"},
            {"path":"Observation.component.dataAbsentReason","max":"0"}
            """),
        Components($$"""{"code":{{Code}}{{more}}}"""), at);

    [TestCase("\"valueString\":\"x\"", "")]
    [TestCase("\"valueInteger\":1", "Observation.component[0]")]
    public void Type_OfAChoiceClosed_RefusesOtherTypes(string value, string at) => Check(
        Sliced("type", "value", "closed", """
            {"path":"Observation.component","sliceName":"text"},
            {"path":"Observation.component.value[x]","type":[{"code":"string"}]}
            """),
        Components($$"""{"code":{{Code}},{{value}}}"""), at);

    [TestCase("""Patient","active":true""", "")]
    [TestCase("""Group","type":"person","actual":true""", "Observation")]
    public void Type_OfWhatIsReferredTo_TellsTheSlice(string type, string at) => Check(
        """
        {"path":"Observation.focus",
         "slicing":{"discriminator":[{"type":"type","path":"$this.resolve()"}],"rules":"open"}},
        {"path":"Observation.focus","sliceName":"patient","min":1,
         "type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]}
        """,
        $$"""
        {"resourceType":"Observation","status":"final","code":{"text":"x"},"focus":[{"reference":"#f"}],
         "contained":[{"id":"f","resourceType":"{{type}} }]}
        """, at);

    [TestCase("a", "")]
    [TestCase("b", "Observation")]
    public void Value_OfAnExtension_TellsTheSlice(string value, string at) => Check(
        Sliced("value", "extension('http://example.org/kind').value", "open", """
            {"path":"Observation.component","sliceName":"a","min":1},
            {"path":"Observation.component.extension",
             "slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
            {"path":"Observation.component.extension","sliceName":"kind","min":1},
            {"path":"Observation.component.extension.url","fixedUri":"http://example.org/kind"},
            {"path":"Observation.component.extension.value[x]","fixedString":"a"}
            """),
        Components($$"""
            {"code":{{Code}},"extension":[{"url":"http://example.org/kind","valueString":"{{value}}"}]}
            """), at);

    [TestCase("a b", "")]
    [TestCase("b a", "Observation.component[1]")]
    public void Ordered_Slices_AreRefusedOutOfOrder(string codes, string at) => Check(
        Sliced("value", "code.text", "open\",\"ordered\":true,\"description\":\"x", """
            {"path":"Observation.component","sliceName":"a"},
            {"path":"Observation.component.code.text","fixedString":"a"},
            {"path":"Observation.component","sliceName":"b"},
            {"path":"Observation.component.code.text","fixedString":"b"}
            """),
        Components([.. codes.Split(' ').Select(code => Coded(code))]), at);

    [TestCase("a x", "")]
    [TestCase("x a", "Observation.component[1]")]
    public void OpenAtEnd_OthersBeforeASlice_AreRefused(string codes, string at) => Check(
        Sliced("value", "code.text", "openAtEnd", """
            {"path":"Observation.component","sliceName":"a"},
            {"path":"Observation.component.code.text","fixedString":"a"}
            """),
        Components([.. codes.Split(' ').Select(code => Coded(code))]), at);

    [TestCase("1", "")]
    [TestCase("2", "Observation")]
    public void Slice_SlicedAgain_CountsWithinIt(string value, string at) => Check(
        Sliced("value", "code.text", "open", """
            {"path":"Observation.component","sliceName":"a",
             "slicing":{"discriminator":[{"type":"value","path":"value"}],"rules":"open"}},
            {"path":"Observation.component.code.text","fixedString":"a"},
            {"path":"Observation.component","sliceName":"a/one","min":1},
            {"path":"Observation.component.code.text","fixedString":"a"},
            {"path":"Observation.component.value[x]","fixedInteger":1}
            """),
        Components($$"""{"code":{"text":"a"},"valueInteger":{{value}}}"""), at);

    private static string Sliced(string type, string path, string rules, string slices) =>
        $$"""
        {"path":"Observation.component",
         "slicing":{"discriminator":[{"type":"{{type}}","path":"{{path}}"}],"rules":"{{rules}}"} },
        {{slices}}
        """;

    private static string Components(params string[] components) =>
        """{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[""" + "\n"
        + $"{string.Join(',', components)}]}}";

    private static string Coded(string text) => $$$"""{"code":{"text":"{{{text}}}"}}""";

    private static void Check(string elements, string resource, string at) => ProfileCases.Check(
        "Observation", elements, resource, at);
}
