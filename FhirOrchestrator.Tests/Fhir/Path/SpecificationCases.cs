namespace FhirOrchestrator.Tests.Fhir.Path;

/// <summary>
/// Cases by section: an expression, an arrow, its result; <c>{}</c> for nothing, <c>error</c> for a failure.
/// </summary>
internal static partial class SpecificationCases
{
    public const string Organization = """{"resourceType":"Organization","id":"1","name":"Ward"}""";

    public const string Patient = """
        {"resourceType":"Patient","id":"p","active":true,"gender":"female","birthDate":"1974-12-25",
         "_birthDate":{"extension":[{"url":"http://x/time","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
         "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},
          {"use":"usual","given":["Jim"]},{"family":"Windsor","given":["Peter","James"],"period":{"end":"2002"}}],
         "telecom":[{"system":"phone","rank":1},{"system":"phone","rank":2}],
         "multipleBirthInteger":3,
         "extension":[{"url":"http://x/weight","valueQuantity":
          {"value":70.5,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}],
         "contained":[{"resourceType":"Practitioner","id":"doc","name":[{"family":"Who"}]}],
         "generalPractitioner":[{"reference":"#doc"},{"reference":"Organization/1"}],
         "managingOrganization":{"reference":"Organization/1"}}
        """;

    /// <summary>Section and its cases, a line each.</summary>
    public static IEnumerable<(string Section, string Lines)> Sections => [.. Functions, .. Operators];

    private static readonly (string Section, string Lines)[] Functions =
    [
        ("2.1 Literals", """
            true -> true
            'a\'b\u0041\p' -> 'a'bAp'
            'tab\tend'.length() -> 7
            0.0 -> 0.0
            2147483647 -> 2147483647
            2147483648 -> error
            @2015-02 -> @2015-02
            @2015T -> @2015
            @T14:30 -> @T14:30
            @2015-02-04T14:34:28+09:00 -> @2015-02-04T14:34:28+09:00
            4 days -> 4 days
            1 'mg' -> 1 'mg'
            {} -> {}
            /* note */ 1 // and more -> 1
            Patient.`name`.count() -> 3
            @2015-02-30 -> error
            """),
        ("4 Singletons and empties", """
            {} + 1 -> {}
            {} = {} -> {}
            {} != 1 -> {}
            name.given + 'x' -> error
            active and gender -> true
            active and telecom -> error
            'a'.substring({}) -> {}
            """),
        ("5.1 Existence", """
            {}.empty() -> true
            name.exists(use = 'usual') -> true
            name.exists(use = 'old') -> false
            name.all(given.exists()) -> true
            {}.all(false) -> true
            (true | false).allTrue() -> false
            {}.allTrue() -> true
            {}.anyTrue() -> false
            (true | false).anyFalse() -> true
            {}.allFalse() -> true
            (1 | 2).subsetOf(1 | 2 | 3) -> true
            {}.subsetOf(1) -> true
            1.subsetOf({}) -> false
            (1 | 2).supersetOf(2) -> true
            1.supersetOf({}) -> true
            {}.count() -> 0
            name.given.count() -> 5
            name.given.distinct().count() -> 3
            name.given.isDistinct() -> false
            {}.isDistinct() -> true
            1 'm'.combine(100 'cm').isDistinct() -> false
            1.combine('a').allTrue() -> error
            """),
        ("5.2 Filtering and projection", """
            name.where(use = 'official').given -> 'Peter', 'James'
            name.where($index = 1).given -> 'Jim'
            name.where(family) -> HumanName, HumanName
            name.select(given.first() & ' ' & family) -> 'Peter Chalmers', 'Jim ', 'Peter Windsor'
            name.select($index) -> 0, 1, 2
            (1 | 2 | 3).repeat(iif($this < 6, $this + 1)).count() -> 5
            repeat('x') -> 'x'
            'x'.repeat('x') -> 'x'
            telecom.repeatAll(rank) -> 1, 2
            Patient.ofType(Patient).id -> 'p'
            gender.ofType(code) -> 'female'
            gender.ofType(string) -> {}
            (3 | 1 | 2).sort() -> 1, 2, 3
            (3 | 1 | 2).sort($this desc) -> 3, 2, 1
            ('3' | '1' | '10').sort() -> '1', '10', '3'
            name.sort(family desc, given.first() asc).family.first() -> 'Windsor'
            name.sort(family).use.first() -> 'usual'
            (1 | 'a').sort() -> error
            coalesce({}, name.first().use, 'none') -> 'official'
            {}.coalesce({}, 2) -> 2
            """),
        ("5.3 Subsetting", """
            name[1].use -> 'usual'
            name[7] -> {}
            name[-1] -> {}
            name.single() -> error
            {}.single() -> {}
            name.first().family -> 'Chalmers'
            name.last().family -> 'Windsor'
            (0 | 1 | 2).tail() -> 1, 2
            {}.tail() -> {}
            (0 | 1 | 2).skip(1) -> 1, 2
            (0 | 1 | 2).skip(-1) -> 0, 1, 2
            (0 | 1 | 2).skip(9) -> {}
            (0 | 1 | 2).take(2) -> 0, 1
            (0 | 1 | 2).take(0) -> {}
            (0 | 1 | 2).take({}) -> {}
            (1 | 2 | 3).intersect(2 | 4) -> 2
            (1 | 2 | 3).exclude(2) -> 1, 3
            1.combine(1).exclude(2) -> 1, 1
            """),
        ("5.4 Combining", """
            (1 | 1 | 2) -> 1, 2
            1.combine(1) -> 1, 1
            1.combine(1, true) -> 1, 1
            1.union(1 | 2) -> 1, 2
            {}.combine({}) -> {}
            name.select(use.union(given)).count() -> 7
            """),
        ("5.5 Conversion", """
            iif(true, 'a', 'b') -> 'a'
            iif({}, 'a', 'b') -> 'b'
            iif(false, 'a') -> {}
            iif(true, 'a', (1 | 2).toString()) -> 'a'
            {}.iif(true, 'a', 'b') -> 'a'
            'T'.toBoolean() -> true
            'no'.toBoolean() -> false
            2.toBoolean() -> {}
            1.0.toBoolean() -> true
            'hello'.convertsToBoolean() -> false
            {}.convertsToBoolean() -> {}
            '+12'.toInteger() -> 12
            '1.0'.toInteger() -> {}
            true.toInteger() -> 1
            1.5.toInteger() -> {}
            '2147483648'.convertsToInteger() -> false
            '1.10'.toDecimal() -> 1.10
            '.5'.toDecimal() -> {}
            true.toDecimal() -> 1.0
            '1.a'.convertsToDecimal() -> false
            1.toString() -> '1'
            (4 days).toString() -> '4 days'
            (53 'km').toString() -> '53 'km''
            true.toString() -> 'true'
            @T11:45.toString() -> '11:45'
            name.first().toString() -> {}
            name.first().convertsToString() -> false
            '2015'.toDate() -> @2015
            @2024-01-15T23:30:00-05:00.toDate() -> @2024-01-15
            '2015-13'.convertsToDate() -> false
            '2015-02-04T14:34:28Z'.toDateTime() -> @2015-02-04T14:34:28Z
            @2015-02.toDateTime() -> @2015-02
            '14:34'.toTime() -> @T14:34
            '25:00'.convertsToTime() -> false
            '4 days'.toQuantity() -> 4 days
            '10 \'mm[Hg]\''.toQuantity() -> 10 'mm[Hg]'
            45.toQuantity('m') -> 45 'm'
            52 'cm'.toQuantity('m') -> 0.52 'm'
            24 'm'.toQuantity('kg') -> {}
            1 'a'.toQuantity('d') -> 365.25 'd'
            1 'wk'.toQuantity('d') -> 7 'd'
            7 days.toQuantity('wk') -> 1 'wk'
            182.5 days.toQuantity('a') -> 0.5 'a'
            1 year.toQuantity('month') -> 12 months
            'abc'.convertsToQuantity() -> false
            10 'mg'.convertsToQuantity() -> true
            (1 | 2).toString() -> error
            """),
        ("5.6 Strings", """
            'abcdefg'.indexOf('bc') -> 1
            'abc'.indexOf('') -> 0
            'abc'.indexOf({}) -> {}
            {}.indexOf('a') -> {}
            'a\uD83D\uDD25b'.indexOf('b') -> 2
            'abc abc'.lastIndexOf('a') -> 4
            '0123'.lastIndexOf('') -> 4
            'abcdefg'.substring(3) -> 'defg'
            'abcdefg'.substring(1, 2) -> 'bc'
            'abcdefg'.substring(6, 2) -> 'g'
            'abcdefg'.substring(7, 1) -> {}
            'abcdefg'.substring(-1, 1) -> {}
            'abcdefg'.substring(3, 0) -> ''
            'abcdefg'.substring(3, -1) -> ''
            'abcdefg'.substring(2, {}) -> 'cdefg'
            'abc'.startsWith('') -> true
            'abc'.endsWith('bc') -> true
            'abc'.contains('d') -> false
            'AbC'.upper() & 'AbC'.lower() -> 'ABCabc'
            'abcdefg'.replace('cde', '') -> 'abfg'
            'abc'.replace('', 'x') -> 'xaxbxcx'
            'a\uD83D\uDD25c'.replace('', 'x').length() -> 7
            'N8000123123'.matches('^N[0-9]{8}$') -> false
            'N8000123123'.matches('N[0-9]{8}') -> true
            'a\nb'.matches('a.b') -> true
            'first\nsecond'.matches('^SECOND', 'im') -> true
            'first\nsecond'.matches('^second', '') -> false
            'a'.matches('a', 'x') -> error
            'N8000123123'.matchesFull('N[0-9]{10}') -> true
            'abc'.matchesFull('b') -> false
            'aaabaa'.replaceMatches('aa', '"aa"') -> '"aa"ab"aa"'
            '11/30/1972'.replaceMatches('(?<m>\\d+)/(?<d>\\d+)/(?<y>\\d+)', '${d}-${m}-${y}') -> '30-11-1972'
            'abc'.matches({}) -> {}
            ''.length() -> 0
            '\uD83D\uDD25'.length() -> 1
            '\u0065\u0301'.length() -> 2
            'abc'.toChars() -> 'a', 'b', 'c'
            ' 12 '.trim() -> '12'
            'A,,C'.split(',') -> 'A', '', 'C'
            ('A' | 'B').join(',') -> 'A,B'
            {}.join(',') -> {}
            'test'.encode('base64') -> 'dGVzdA=='
            'test'.encode('hex') -> '74657374'
            'subjects?_d'.encode('urlbase64') -> 'c3ViamVjdHM_X2Q='
            'dGVzdA=='.decode('base64') -> 'test'
            'ff'.decode('hex') -> {}
            'A&B'.escape('html') -> 'A&amp;B'
            '"1<2"'.escape('json') -> '\"1<2\"'
            '&quot;1&lt;2&quot;'.unescape('html') -> '"1<2"'
            name.given.upper() -> error
            1.startsWith('1') -> error
            """),
        ("5.7 Math", """
            (-5).abs() -> 5
            (-5.5 'mg').abs() -> 5.5 'mg'
            1.1.ceiling() -> 2
            (-1.1).ceiling() -> -1
            (-2.1).floor() -> -3
            2.5 'mg'.floor() -> 2 'mg'
            (-1.56).truncate() -> -1
            0.exp() -> 1
            1.ln() -> 0
            16.log(2) -> 4
            100.0.log({}) -> {}
            2.power(3) -> 8
            2.5.power(2) -> 6.25
            2.power(-1) -> 0.5
            (-1).power(0.5) -> {}
            3.14159.round(3) -> 3.142
            1.5.round() -> 2
            (-1.5).round() -> -2
            1.round(-1) -> error
            81.sqrt() -> 9
            (-1).sqrt() -> {}
            'a'.abs() -> error
            """),
        ("5.8 Tree navigation", """
            children().ofType(HumanName).count() -> 3
            name.children().ofType(string).count() -> 7
            descendants().ofType(Period).end -> @2002
            birthDate.children().count() -> 1
            """),
        ("5.9 Utility", """
            name.given.trace('g').first() -> 'Peter'
            name.trace('g', given.count() + $index).count() -> 3
            now() -> @2026-03-02T20:15:30.250-05:00
            today() -> @2026-03-02
            timeOfDay() -> @T20:15:30.250
            now() = now() -> true
            defineVariable('n', name.first()).select(%n.family) -> 'Chalmers'
            defineVariable('context') -> error
            select(defineVariable('n')).select(%n) -> error
            1.587.lowBoundary() -> 1.58650000
            1.587.highBoundary(2) -> 1.59
            (-1.587).lowBoundary(0) -> -2
            (-1.587).highBoundary(2) -> -1.58
            @2014.lowBoundary(6) -> @2014-01
            @2014-02.highBoundary() -> @2014-02-28
            @T10:30.highBoundary(9) -> @T10:30:59.999
            1.58700.precision() -> 5
            @2014-01-05T10:30:00.000.precision() -> 17
            @T10:30.precision() -> 4
            @2014-01-05T10:30:00.002-07:30.hourOf() -> 10
            @2014-01-05T10:30:00.002-07:30.timezoneOffsetOf() -> -7.5
            @2012.monthOf() -> {}
            @2012-01-01T12:30:00.000-07:00.timeOf() -> @T12:30:00.000
            birthDate.yearOf() -> 1974
            """),
    ];
}
