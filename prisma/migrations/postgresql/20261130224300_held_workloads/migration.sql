-- AlterTable
ALTER TABLE "Workload" ADD COLUMN     "held" TEXT;
