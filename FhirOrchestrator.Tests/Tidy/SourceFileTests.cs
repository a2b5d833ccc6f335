namespace FhirOrchestrator.Tests.Tidy;

/// <summary>The scanner beneath the length rules.</summary>
internal sealed class SourceFileTests
{
    private const string Sample = """"
        using System;

        namespace A.B;

        /// <summary>class Fake { void M() { } }</summary>
        internal sealed record Sample(int Count) : IThing
        {
            private const string Braces = "{ { \" {";
            private static readonly string[] Names = ["{", "}"];
            private readonly Dictionary<string, int> map = new() { ["a"] = 1 };

            public int Total { get; } = 3;

            [Test]
            [TestCase("]")]
            public async Task<int> First(int a = 1)
            {
                var text = $"{(a > 0 ? "}" : "{")} {{ }}";
                var raw = """
                    { " }
                    """;
                void Local()
                {
                }

                return '{' + a;
            }

            public (int A, int B) Second<T>(T x)
                where T : class => x switch
            {
                null => (1, 2),
                _ => (3, 4),
            };

            public static bool operator ==(Sample a, int b) => a.Count == b;

            public int this[int i]
            {
                get { return i; }
            }

            public Sample()
                : this(1)
            {
            }

            internal enum Kind { A = 1, B = 2 }

            private sealed class Inner<T> where T : struct
            {
                public string Third() => @"c:\" + $@"{1}""";
            }
        }

        internal interface IThing
        {
            Task RunAsync(CancellationToken ct);
        }
        """";

    [Test]
    public void Parse_AllForms_FunctionsWithTheirLines()
    {
        var functions = SourceFile.Parse("A/B/Sample.cs", Sample).Functions
            .Select(one => $"{one.Name} {one.FirstLine} {one.LineCount}");

        Assert.That(functions, Is.EqualTo(
        [
            "Total 12 1", "First 16 12", "Second 29 6", "operator 36 1", "i 38 4", "Sample 43 4", "Third 52 1",
        ]));
    }

    [TestCase("a // {\nb", "a     \nb")]
    [TestCase("a /* {\n } */ b", "a     \n      b")]
    [TestCase("'\\'' + '{'", "     +    ")]
    [TestCase("@class x", "@class x")]
    [TestCase("$\"{f(\"}\")}\" y", "            y")]
    [TestCase("$$\"\"\"{{x}} \" \"\"\" y", "                 y")]
    [TestCase("@\"\\\" y", "     y")]
    public void Blank_StringsAndComments_Gone(string text, string code) =>
        Assert.That(CodeBlanking.Blank(text), Is.EqualTo(code));
}
