import {type Context, respond, route} from '@hearth/host/plugin.js';
import {shelfOf} from './catalogue.js';
import {type ProgramRequest, programRequest, recommendation, recommendPrograms} from './contract.js';
import {programs} from './programs.js';
import {chooseProgram} from './recommend/programs.js';

const choose = async (request: ProgramRequest, context: Context) =>
	chooseProgram(request, (await shelfOf(context, programs)).entries);

export const recommendProgramsRoute = route('POST', '/api/v1/recommendations/programs', {
	summary: 'Training programs that suit somebody, with the rules and inputs that led to each',
	role: 'member',
	body: programRequest,
	data: recommendation,
	handle: ({body}, context) => choose(body, context),
});

export const answerRecommendPrograms = respond(recommendPrograms, choose);
