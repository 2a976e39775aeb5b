// Calls endpoints by the client that was generated from the server's own description, and prints
// what came as one JSON object. The compiler checks it against the described types.
import { ApiError, DefaultService as Shop, OpenAPI } from "./generated";

declare const process: { argv: string[]; exitCode?: number };

async function refusal(answer: Promise<unknown>): Promise<number> {
    try {
        await answer;
    } catch (error) {
        if (error instanceof ApiError) return error.status;
        throw error;
    }
    return 0;
}

async function main(): Promise<void> {
    OpenAPI.BASE = process.argv[2];
    const one = await Shop.getItem({ id: 3 });
    const made = await Shop.createItem({
        requestBody: { name: `by node: ${one.name}`, price: "3.50", tags: ["node"] },
    });
    const list = await Shop.listItems({ limit: 10 });
    const wrong = { name: 1, price: "much" } as unknown as { name: string; price: string };
    console.log(JSON.stringify({
        one,
        made,
        list: list.map((item) => item.id),
        count: await Shop.getCount({}),
        missing: await refusal(Shop.getItem({ id: 1000000 })),
        refused: await refusal(Shop.createItem({ requestBody: wrong })),
    }));
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
