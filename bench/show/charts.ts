/**
 * The charts of a full run, drawn by ECharts as SVG. They follow from `results.json` alone, and have a background of
 * their own, so that a page may be light or dark.
 */
import { init, type EChartsOption, type LegendComponentOption, type LineSeriesOption } from "echarts"
import { spreadOf, type Finding } from "../findings.js"
import { digits } from "../report.js"
import type { Soak } from "../soak/index.js"
import type { Results } from "./record.js"

export interface Chart {
  /** The name of its file. */
  readonly name: string
  readonly title: string
  readonly svg: string
}

const WIDTH = 880
const INK = "#24292f"
const FAINT = "#d0d7de"
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
/** By side, in the order of the table; told apart by lightness as well as by hue. */
const COLOURS = ["#0b5fad", "#e08a1e", "#6b7683", "#a7c957", "#8f5aa8", "#bc4749"]

const NAMES: Readonly<Record<string, string>> = {
  zmtp: "zmtp (this package)",
  ours: "zmtp (this package)",
  zeromq: "zeromq (native addon)",
  "libzmq, C": "libzmq from C",
  "node:net": "bare node:net socket",
}

const called = (side: string): string => NAMES[side] ?? side

function draw(name: string, title: string, subtitle: string, height: number, option: EChartsOption): Chart {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height })
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLOURS,
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: title,
      subtext: subtitle,
      left: 24,
      top: 16,
      textStyle: { fontSize: 17, color: INK },
      subtextStyle: { fontSize: 12, color: "#57606a" },
    },
    ...option,
  })
  // What ECharts numbers for the scripts of a live chart would depend on how many it drew before.
  const svg = chart.renderToSVGString().replaceAll(/\bzr\d+-/g, `${name}-`)
  chart.dispose()
  return { name: `${name}.svg`, title, svg: `${svg}\n` }
}

/** The median of one side's rounds over another's in the same round. */
function ratioOf({ sides }: Finding, side: string, reference: string): number {
  const [mine, theirs] = [sides[side]?.rounds ?? [], sides[reference]?.rounds ?? []]
  return spreadOf(mine.map((one, round) => one / (theirs[round] ?? NaN))).median
}

/** Far apart, since widths are guessed: the reader's fonts are not known here. */
function legend(data: readonly string[]): LegendComponentOption {
  return { data: [...data], left: 56, top: 66, itemGap: 40, icon: "roundRect", textStyle: { color: INK } }
}

const times = (ratio: number): string => `${digits(ratio)}×`

/** A power of two, as it is said. */
const timesPower = (power: number): string => (power < 0 ? `1/${2 ** -power}×` : `${2 ** power}×`)

/** Bars from 1, which is the reference, upwards or downwards: twice as fast goes as far as half as fast. */
function throughput(findings: readonly Finding[], where: string): Chart | undefined {
  const chosen = findings
    .filter(({ flow, figure }) => /^PUSH\/PULL \d+ [kM]?B$/.test(flow) && figure === "")
    .sort((a, b) => a.size - b.size)
  const sides = Object.keys(chosen[0]?.sides ?? {})
  const reference = ["libzmq, C", "zeromq"].find(side => sides.includes(side))
  if (reference === undefined) return undefined
  const shown = sides.filter(side => side !== reference && [sides[0], "zeromq"].includes(side))
  const title = `PUSH/PULL over TCP: messages a second, ${called(reference)} = 1`
  return draw("throughput", title, `plain await send and receive, logarithmic scale; ${where}`, 440, {
    legend: legend(shown.map(called)),
    grid: { left: 64, right: 24, top: 104, bottom: 44 },
    xAxis: {
      type: "category",
      data: chosen.map(({ flow }) => flow.replace("PUSH/PULL ", "")),
      axisLine: { onZero: false, lineStyle: { color: FAINT } },
      axisTick: { show: false },
      axisLabel: { color: INK, fontSize: 13 },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { color: INK, formatter: timesPower },
      splitLine: { lineStyle: { color: FAINT } },
    },
    series: shown.map((side, at) => ({
      name: called(side),
      type: "bar",
      barGap: "10%",
      data: chosen.map(finding => {
        const ratio = ratioOf(finding, side, reference)
        const position = ratio < 1 ? "bottom" : "top"
        return {
          value: Math.log2(ratio),
          label: { show: true, position, color: INK, fontSize: 11, formatter: times(ratio) },
        }
      }),
      ...(at === 0 && {
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: INK, type: "solid", width: 1.5 },
          data: [{ yAxis: 0 }],
        },
      }),
    })),
  })
}

/** One small chart for each figure, since the rarest round trips are many times as long as the usual ones. */
function roundTrips(findings: readonly Finding[], where: string): Chart | undefined {
  const chosen = findings.filter(
    ({ flow, figure }) => flow === "REQ/REP 10 B" && /^(median|p99)/.test(figure),
  )
  const sides = Object.keys(chosen[0]?.sides ?? {})
  if (sides.length === 0) return undefined
  const height = 140 + 40 * sides.length
  const width = Math.floor((WIDTH - 190) / chosen.length)
  const left = (at: number): number => 160 + at * width
  return draw(
    "round-trip",
    "REQ/REP over TCP, 10 B: microseconds for a round trip",
    `less is better; ${where}`,
    height,
    {
      grid: chosen.map((_, at) => ({ left: left(at), width: width - 60, top: 110, bottom: 24 })),
      xAxis: chosen.map(({ figure }, at) => ({
        type: "value",
        gridIndex: at,
        min: 0,
        position: "top",
        name: { median: "median", p99: "99th percentile", "p99.9": "99.9th percentile" }[figure] ?? figure,
        nameLocation: "middle",
        nameGap: 8,
        nameTextStyle: { color: INK, fontSize: 13, fontWeight: "bold" },
        axisLabel: { show: false },
        splitLine: { show: false },
      })),
      yAxis: chosen.map((_, at) => ({
        type: "category",
        gridIndex: at,
        inverse: true,
        data: sides.map(called),
        axisLine: { lineStyle: { color: FAINT } },
        axisTick: { show: false },
        axisLabel: { show: at === 0, color: INK, fontSize: 12 },
      })),
      series: chosen.map((finding, at) => ({
        type: "bar",
        xAxisIndex: at,
        yAxisIndex: at,
        barCategoryGap: "35%",
        data: sides.map((side, index) => {
          const value = (finding.sides[side]?.median ?? NaN) / 1e3
          return {
            value,
            itemStyle: { color: COLOURS[index % COLOURS.length] ?? INK },
            label: { show: true, position: "right", color: INK, fontSize: 11, formatter: digits(value) },
          }
        }),
      })),
    },
  )
}

/** What the process under test had, over the minutes. */
function line({ name, seconds, samples }: Soak, at: number, figure: "rss" | "heapUsed"): LineSeriesOption {
  return {
    name: `${name}: ${figure === "rss" ? "resident" : "heap"}`,
    type: "line",
    showSymbol: false,
    lineStyle: { width: 1.5, type: figure === "rss" ? "solid" : "dotted" },
    itemStyle: { color: COLOURS[at * 2 + (figure === "rss" ? 0 : 1)] ?? INK },
    data: samples.map((sample, index) => [
      Number(((seconds / 60) * (index / samples.length)).toFixed(4)),
      Number((sample[figure] / 1e6).toFixed(1)),
    ]),
  }
}

function memory(soaks: readonly Soak[], where: string): Chart | undefined {
  if (soaks.length === 0) return undefined
  const peers = soaks.reduce((sum, { peers: { closed, killed } }) => sum + closed + killed, 0)
  const lines = soaks.flatMap((soak, at) => [line(soak, at, "rss"), line(soak, at, "heapUsed")])
  const subtitle = `MB of the process under test; ${peers} peers; ${where}`
  return draw("memory", "Memory at full speed while peers come and go", subtitle, 340, {
    legend: legend(lines.map(({ name }) => String(name))),
    grid: { left: 64, right: 32, top: 104, bottom: 52 },
    xAxis: {
      type: "value",
      name: "minutes",
      nameLocation: "middle",
      nameGap: 28,
      max: "dataMax",
      axisLabel: { color: INK, showMaxLabel: false },
      nameTextStyle: { color: INK },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      axisLabel: { color: INK },
      splitLine: { lineStyle: { color: FAINT } },
    },
    series: lines,
  })
}

export function charts({ flows, soak, date, machine, versions }: Results): readonly Chart[] {
  const where = `Node.js ${versions["Node.js"] ?? "?"}, ${machine.processor ?? "?"}, ${date}`
  return [throughput(flows.findings, where), roundTrips(flows.findings, where), memory(soak, where)].filter(
    chart => chart !== undefined,
  )
}
